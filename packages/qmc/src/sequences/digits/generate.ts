/** Points of sequences whose digits are mapped position by position, by a kernel. */
import { tensor, type Tensor } from "@ansatz/tensor";
import { defineKernel, type InputSpecs, type KernelContext, type TypeSpecs, type Value } from "@ansatz/tensor/kernel";
import type { Axes } from "../base.ts";
import type { PositionMap } from "./digitMaps.ts";

/** One coordinate: x is the sum of a looked-up value of the low digits of the index and one of the others. */
export interface PositionCoordinate {
  readonly map: PositionMap;
  readonly base: number;
  readonly digits: number;
  /** Number of digits that are looked up, and base^low. */
  readonly low: number;
  readonly size: number;
  /** The values of the low digits: integers, to be divided by base^digits. */
  readonly sums: Float64Array;
}

/** Entries of a table of low digits at most, unless the base itself is larger. */
const MOST = 1024;

/** Prepares a coordinate. */
export function positionCoordinate(map: PositionMap, base: number, digits: number): PositionCoordinate {
  let low = 1;
  while (low < digits && base ** (low + 1) <= MOST) low++;
  const size = base ** low;
  const sums = Float64Array.from({ length: size }, (_, i) => sumOf(map, base, digits, 0, low, i));
  return { map, base, digits, low, size, sums };
}

/** Digits from, …, to - 1 of the result, as an integer below base^digits <= 2^53, of an index without its digits below `from`. */
function sumOf(map: PositionMap, base: number, digits: number, from: number, to: number, index: number): number {
  let sum = 0;
  for (let k = from, rest = index; k < to; k++) {
    const next = Math.floor(rest / base);
    sum += map.table[k * base + (rest - next * base)] * base ** (digits - 1 - k);
    rest = next;
  }
  return sum;
}

/** Points that one unit makes. */
const CHUNK = 256;

/**
 * Facts of a coordinate, [r, 4, d]: where its numbers lie in `low` and in `high`, the points of its blocks, and where in its
 * first block the range begins.
 */
const FACTS = { dtype: "i32", rank: 3 } as const;

const common = {
  attrs: { count: "i32", axes: "i32" },
  units: ({ facts }: { facts: readonly number[] }, { count }: { count: number }) => [
    facts[0],
    Math.ceil(count / CHUNK),
    facts[2],
  ],
} as const;

const shape = (
  { facts }: { facts: readonly number[] },
  { count, axes }: { count: number; axes: number },
): readonly number[] => (axes === 2 ? [count, facts[2]] : [facts[0], count, facts[2]]);

/** Walks through the points of a unit: `visit` gets the point and where its two numbers lie. */
function walk(
  k: Pick<KernelContext<{ facts: typeof FACTS }, TypeSpecs, { count: "i32" }>, "inputs" | "indices" | "attrs"> & Tools,
  visit: (place: Value<"i32">, low: Value<"i32">, high: Value<"i32">) => void,
): void {
  const [replication, chunk, j] = k.indices;
  const fact = (i: number): Value<"i32"> => k.load(k.inputs.facts, [replication, i, j]);
  const [low, high, size] = [fact(0), fact(1), fact(2)];
  const first = chunk.mul(CHUNK);
  const start = fact(3).add(first);
  const row = k.variable("i32", start.irem(size));
  const block = k.variable("i32", start.idiv(size));
  k.for(first, first.add(CHUNK).min(k.attrs.count), (n) => {
    visit(
      replication.mul(k.attrs.count).add(n).mul(k.size(k.inputs.facts, 2)).add(j),
      low.add(row.get()),
      high.add(block.get()),
    );
    const next = row.get().add(1);
    const over = next.eq(size);
    row.set(k.select(over, k.constant("i32", 0), next));
    block.add(over.to("i32"));
  });
}

type Tools = Pick<
  KernelContext<InputSpecs, TypeSpecs, TypeSpecs>,
  "load" | "size" | "variable" | "for" | "select" | "constant"
>;

/** f64: integers that are added and divided, so that the quotient is correctly rounded and below 1. */
const doubles = defineKernel({
  ...common,
  name: "positionDoubles",
  inputs: { low: "f64", high: "f64", scale: { dtype: "f64", rank: 1 }, facts: FACTS },
  outputs: { points: { dtype: "f64", shape } },
  body: (k) => {
    const scale = k.load(k.inputs.scale, k.indices[2]);
    walk(k, (place, low, high) => {
      k.store(k.outputs.points, place, k.load(k.inputs.low, low).add(k.load(k.inputs.high, high)).div(scale));
    });
  },
});

/** f32: fractions of 32 bits that are added and cut to 24, the same bits on every device. */
const singles = defineKernel({
  ...common,
  name: "positionSingles",
  inputs: { low: "u32", high: "u32", facts: FACTS },
  outputs: { points: { dtype: "f32", shape } },
  body: (k) => {
    walk(k, (place, low, high) => {
      const word = k.load(k.inputs.low, low).add(k.load(k.inputs.high, high));
      k.store(
        k.outputs.points,
        place,
        word
          .shr(8)
          .to("i32")
          .to("f32")
          .mul(2 ** -24),
      );
    });
  },
});

/** Points first, …, end - 1; a list of coordinates for each randomisation. */
export function positionPoints(
  replications: readonly (readonly PositionCoordinate[])[],
  dtype: "f64" | "f32",
  first: number,
  end: number,
  axes: Axes,
): Tensor {
  const d = replications[0].length;
  const facts = new Int32Array(replications.length * 4 * d);
  const lows: Float64Array[] = [];
  const highs: Float64Array[] = [];
  let [lowAt, highAt] = [0, 0];
  const unit = (c: PositionCoordinate): number => (dtype === "f64" ? 1 : 2 ** 32 / c.base ** c.digits);
  replications.forEach((coordinates, r) => {
    coordinates.forEach((c, j) => {
      const firstBlock = Math.floor(first / c.size);
      const count = Math.floor((end - 1) / c.size) - firstBlock + 1;
      const u = unit(c);
      lows.push(dtype === "f64" ? c.sums : c.sums.map((x) => Math.floor(x * u)));
      highs.push(
        Float64Array.from({ length: count }, (_, b) =>
          Math.floor(sumOf(c.map, c.base, c.digits, c.low, c.digits, firstBlock + b) * u),
        ),
      );
      [lowAt, highAt, c.size, first - firstBlock * c.size].forEach((fact, i) => (facts[(r * 4 + i) * d + j] = fact));
      lowAt += c.size;
      highAt += count;
    });
  });
  const table = (parts: readonly Float64Array[], length: number): Tensor => {
    const out = dtype === "f64" ? new Float64Array(length) : new Uint32Array(length);
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return tensor(out);
  };
  const attrs = { count: end - first, axes };
  const inputs = {
    low: table(lows, lowAt),
    high: table(highs, highAt),
    facts: tensor(facts, { shape: [replications.length, 4, d] }),
  };
  if (dtype === "f32") {
    const { points } = singles(inputs, attrs);
    for (const input of Object.values(inputs)) input.dispose();
    return points;
  }
  const scale = tensor(Float64Array.from(replications[0], (c) => c.base ** c.digits));
  const { points } = doubles({ ...inputs, scale }, attrs);
  for (const input of [...Object.values(inputs), scale]) input.dispose();
  return points;
}
