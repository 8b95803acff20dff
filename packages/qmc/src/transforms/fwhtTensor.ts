/**
 * The Walsh-Hadamard transform of tensors. Every pass reads r streams that lie n / r apart, transforms across them, and writes
 * the r results next to each other, which turns the digits of the index; after all passes they are back in place.
 */
import { ShapeError, showShape, type Tensor } from "@ansatz/tensor";
import { defineKernel, type Value } from "@ansatz/tensor/kernel";
import { checkPowerOfTwo } from "../check.ts";

type Pass = (x: Tensor, scale: number) => Tensor;

/** Sums and differences of r values, all levels of one pass. */
function butterflies(x: readonly Value<"float">[]): Value<"float">[] {
  let y = [...x];
  for (let h = 1; h < y.length; h *= 2) {
    y = y.map((value, i) => ((i & h) === 0 ? value.add(y[i + h]) : y[i - h].sub(value)));
  }
  return y;
}

/** A pass of radix r: `"spread"` reads streams and writes neighbours, `"gathered"`, its transpose, the other way round. */
function definePass(radix: number, read: "spread" | "gathered", transpose: () => Pass): Pass {
  const kernel = defineKernel({
    name: `fwht ${radix} ${read}`,
    inputs: { x: { dtype: "float", rank: 2 } },
    outputs: { y: { dtype: "float", shape: ({ x }) => x } },
    attrs: { scale: "float" },
    units: ({ x }) => [x[0], x[1] / radix],
    body: (k) => {
      const { x } = k.inputs;
      const [row, i] = k.indices;
      const distance = k.size(x, 1).idiv(radix);
      const spread = (j: number): Value<"i32"> => distance.mul(j).add(i);
      const near = (j: number): Value<"i32"> => i.mul(radix).add(j);
      const [from, to] = read === "spread" ? [spread, near] : [near, spread];
      const values = Array.from({ length: radix }, (_, j) => k.load(x, [row, from(j)]));
      butterflies(values).forEach((value, j) => k.store(k.outputs.y, [row, to(j)], value.mul(k.attrs.scale)));
    },
    vjp: ({ y }, { attrs }) => ({ x: transpose()(y, attrs.scale) }),
  });
  return (x, scale) => kernel({ x }, { scale }).y;
}

function passPair(radix: number): Pass {
  const forward: Pass = definePass(radix, "spread", () => backward);
  const backward: Pass = definePass(radix, "gathered", () => forward);
  return forward;
}

/** Passes by the number of levels that they do. */
const PASSES: readonly Pass[] = [2, 4, 8, 16].map(passPair);

/** The unitary transform along the last axis, in as few passes as 16 streams allow; the last one scales. */
export function fwhtTensor(x: Tensor): Tensor {
  const n = x.shape[x.ndim - 1];
  if (x.ndim === 0)
    throw new ShapeError(`fwht: there is no axis (got shape ${showShape(x.shape)}, expected one or more).`);
  checkPowerOfTwo("fwht", "the length", n);
  const levels = Math.round(Math.log2(n));
  let y = x.reshape([x.size / n, n]);
  for (let left = levels; left > 0;) {
    const step = Math.min(4, left);
    left -= step;
    const before = y;
    y = PASSES[step - 1](y, left === 0 ? 1 / Math.sqrt(n) : 1);
    before.dispose();
  }
  return y.reshape(x.shape);
}
