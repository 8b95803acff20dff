/** Sums of products over named axes. */
import { promote, type DType } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { diagonal } from "../indexing/matrix.ts";
import { mul } from "../ops/arith.ts";
import { cast } from "../ops/elementwise.ts";
import { matmul } from "../ops/matmul.ts";
import { sumOver } from "../ops/structural.ts";
import { aliasOf, permuteBy, reshapeTo } from "../ops/views.ts";
import { checkShape, internShape, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { parseSubscripts } from "./subscripts.ts";

/** A tensor whose axes have names, no name twice. */
interface Named {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

/** Keeps the first of two axes of one name and takes the diagonal of both. */
function withoutRepetition(x: Tensor, labels: readonly string[]): Named {
  const first = labels.findIndex((label, d) => labels.indexOf(label) !== d);
  if (first < 0) return { x, labels };
  const second = labels.indexOf(labels[first]);
  if (x.shape[first] !== x.shape[second]) {
    throw new ShapeError(
      `einsum: axes of one name differ in size (got ${showShape(x.shape)} for ${labels.join("")}, expected equal sizes of ${labels[first]}).`,
    );
  }
  const others = labels.map((_, d) => d).filter((d) => d !== first && d !== second);
  return withoutRepetition(diagonal(permuteBy(x, [...others, second, first])), [
    ...others.map((d) => labels[d]),
    labels[first],
  ]);
}

/** Size of every name: those of all operands agree, or are 1. */
function sizesOf(operands: readonly Named[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { x, labels } of operands) {
    labels.forEach((label, d) => {
      const [n, known] = [x.shape[d], sizes.get(label) ?? 1];
      if (n !== known && n !== 1 && known !== 1) {
        throw new ShapeError(
          `einsum: sizes of ${label} differ (got ${known} and ${n}, expected equal ones or 1). All shapes: ${operands.map((o) => showShape(o.x.shape)).join(", ")}.`,
        );
      }
      sizes.set(label, n === 1 ? known : n);
    });
  }
  return sizes;
}

/** Drops axes of size 1 that stand for a larger size, so that no axis needs to be repeated. */
function withoutOnes({ x, labels }: Named, sizes: ReadonlyMap<string, number>): Named {
  const kept = labels.filter((label, d) => x.shape[d] === sizes.get(label));
  if (kept.length === labels.length) return { x, labels };
  const shape = internShape(x.shape.filter((n, d) => n === sizes.get(labels[d])));
  return { x: reshapeTo(x, shape), labels: kept };
}

/** Sums over the axes whose names nobody needs any more. */
function reduced({ x, labels }: Named, needed: ReadonlySet<string>): Named {
  const axes = labels.map((_, d) => d).filter((d) => !needed.has(labels[d]));
  return axes.length === 0 ? { x, labels } : { x: sumOver(x, axes), labels: labels.filter((l) => needed.has(l)) };
}

/** An operand with its axes in the order of groups of names, each group as one axis. */
function grouped({ x, labels }: Named, groups: readonly (readonly string[])[]): Tensor {
  const perm = groups.flat().map((label) => labels.indexOf(label));
  const size = (group: readonly string[]): number => group.reduce((n, label) => n * x.shape[labels.indexOf(label)], 1);
  return reshapeTo(permuteBy(x, perm), internShape(groups.map(size)));
}

/**
 * The product of two operands, summed over the names that are needed no more: a batched matrix product where both sides
 * have names of their own, otherwise one fused multiplication and sum.
 */
function contract(a: Named, b: Named, needed: ReadonlySet<string>, sizes: ReadonlyMap<string, number>): Named {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => needed.has(label));
  const inner = shared.filter((label) => !needed.has(label));
  const left = a.labels.filter((label) => !shared.includes(label));
  const right = b.labels.filter((label) => !shared.includes(label));
  const labels = [...batch, ...left, ...right];
  const shape = checkShape(
    "einsum",
    labels.map((label) => sizes.get(label) as number),
  );
  if (inner.length > 0 && left.length > 0 && right.length > 0) {
    return { x: reshapeTo(matmul(grouped(a, [batch, left, inner]), grouped(b, [batch, inner, right])), shape), labels };
  }
  const products = mul(grouped(a, [batch, left, [], inner]), grouped(b, [batch, [], right, inner]));
  return { x: reshapeTo(sumOver(products, [3]), shape), labels };
}

/** Number of elements of a tensor with these names. */
function volume(labels: Iterable<string>, sizes: ReadonlyMap<string, number>): number {
  let n = 1;
  for (const label of labels) n *= sizes.get(label) as number;
  return n;
}

/** The pair whose product adds least to what is stored; of equal ones that with the fewest operations. */
function nextPair(
  operands: readonly Named[],
  output: readonly string[],
  sizes: ReadonlyMap<string, number>,
): readonly [number, number] {
  let best: readonly [number, number] = [0, 1];
  let least: readonly [growth: number, work: number] = [Infinity, Infinity];
  for (let i = 0; i < operands.length; i++) {
    for (let j = i + 1; j < operands.length; j++) {
      const all = new Set([...operands[i].labels, ...operands[j].labels]);
      const needed = neededBy(operands, [i, j], output);
      const kept = [...all].filter((label) => needed.has(label));
      const growth = volume(kept, sizes) - volume(operands[i].labels, sizes) - volume(operands[j].labels, sizes);
      const work = volume(all, sizes);
      if (growth < least[0] || (growth === least[0] && work < least[1])) {
        least = [growth, work];
        best = [i, j];
      }
    }
  }
  return best;
}

/** Names that occur in the result or in operands other than the given ones. */
function neededBy(operands: readonly Named[], without: readonly number[], output: readonly string[]): Set<string> {
  return new Set([...output, ...operands.flatMap(({ labels }, i) => (without.includes(i) ? [] : labels))]);
}

/**
 * Einstein summation: products of operands, summed over all axes that are not named in the result.
 *
 * `einsum("ij,jk->ik", a, b)` is a matrix product, `einsum("ii->i", a)` a diagonal, `einsum("bi,bj->bij", a, b)` a batch
 * of outer products, `einsum("...ij->...ji", a)` transposes. Grammar and meaning are NumPy's: one letter per axis; `...` for
 * axes that broadcast; a letter twice in one term is a diagonal; without `->` the result has the letters that occur once, in
 * alphabetical order. Sizes of one letter agree or are 1.
 *
 * Three and more operands are multiplied pair by pair, the pair first whose product adds least to what is stored (greedy);
 * pairs become batched matrix products, or one fused multiplication and sum where one side has no axes of its own. Bools
 * count as i32.
 * @throws ArgumentError for subscripts outside of the grammar, ShapeError where axes do not fit or an intermediate product
 * would have more than 8, DTypeError for i32 with u32
 * @example
 * const attention = einsum("bqhd,bkhd->bhqk", queries, keys);
 */
export function einsum(subscripts: string, ...operands: readonly Tensor[]): Tensor {
  operands.forEach((x, i) => requireTensor("einsum", x, `operand ${i + 1}`));
  if (operands.length === 0) throw new ArgumentError("einsum: no operands (got none, expected one per term).");
  const { inputs, output } = parseSubscripts(
    subscripts,
    operands.map((x) => x.shape),
  );
  let dtype = operands.map((x): DType => x.dtype).reduce((a, b) => promote("einsum", a, b));
  if (dtype === "bool") dtype = "i32";
  const named = operands.map((x, i) => withoutRepetition(cast(x, dtype), inputs[i]));
  const sizes = sizesOf(named);
  let rest = named.map((operand) => withoutOnes(operand, sizes));
  rest = rest.map((operand, i) => reduced(operand, neededBy(rest, [i], output)));
  while (rest.length > 1) {
    const [i, j] = nextPair(rest, output, sizes);
    const product = contract(rest[i], rest[j], neededBy(rest, [i, j], output), sizes);
    rest = [...rest.filter((_, k) => k !== i && k !== j), product];
  }
  const [{ x, labels }] = rest;
  const y = permuteBy(
    x,
    output.map((label) => labels.indexOf(label)),
  );
  return operands.includes(y) ? aliasOf(y) : y;
}
