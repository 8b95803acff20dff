/**
 * Points of a digital sequence in base 2, such as Sobol's, in natural order from any start: the bits of a point are the
 * exclusive or of the direction numbers at the set bits of its index (I. M. Sobol', USSR Comput. Math. Math. Phys. 7, 1967).
 */
import { tensor, type Tensor } from "@ansatz/tensor";
import { defineKernel } from "@ansatz/tensor/kernel";

const BITS = 32;
/** Points per unit. Only the first one costs 32 steps. */
const BLOCK = 256;

const points = defineKernel({
  name: "digitalSequence",
  inputs: {
    directions: { dtype: "u32", rank: 2 },
    changes: { dtype: "u32", rank: 2 },
    start: { dtype: "u32", rank: 0 },
  },
  outputs: { points: { dtype: "f32", shape: ({ directions }, { count }) => [count, directions[1]] } },
  attrs: { count: "i32" },
  // The last loop is spread over vectors, and coordinates lie next to each other in memory.
  units: ({ directions }, { count }) => [Math.ceil(count / BLOCK), directions[1]],
  body: (k) => {
    const { directions, changes, start } = k.inputs;
    const [block, coordinate] = k.indices;
    const first = block.mul(BLOCK);
    const index = k.load(start, 0).add(first.to("u32"));
    const bits = k.variable("u32", 0);
    k.for(0, BITS, (bit) => {
      k.if(index.shr(bit.to("u32")).and(1).ne(0), () => {
        bits.set(bits.get().xor(k.load(directions, [bit, coordinate])));
      });
    });
    k.for(first, first.add(BLOCK).min(k.attrs.count), (n) => {
      const now = bits.get();
      // The upper 24 bits are a float exactly.
      k.store(
        k.outputs.points,
        [n, coordinate],
        now
          .shr(8)
          .to("i32")
          .to("f32")
          .mul(2 ** -24),
      );
      // From an index to the next its lowest zero and the ones below it change.
      const next = index.add(n.sub(first).to("u32")).add(1);
      const lowest = next.and(k.constant("u32", 0).sub(next));
      const changed = k
        .constant("i32", BITS - 1)
        .sub(lowest.clz().to("i32"))
        .max(0);
      bits.set(now.xor(k.load(changes, [changed, coordinate])));
    });
  },
});

/** Tables of a sequence: its direction numbers [32, dimensions], the lowest bit first, as tensors. */
export interface SequenceTables {
  readonly directions: Tensor<"u32">;
  /** The exclusive or of the first direction numbers: row t is what changes with the lowest t + 1 bits. */
  readonly changes: Tensor<"u32">;
}

/** @param directions row-major [32, dimensions] */
export function sequenceTables(
  directions: Uint32Array<ArrayBuffer>,
  dimensions: number,
  device?: string,
): SequenceTables {
  const changes = directions.slice();
  for (let i = dimensions; i < changes.length; i++) changes[i] ^= changes[i - dimensions];
  const options = { shape: [BITS, dimensions], device };
  return { directions: tensor(directions, options), changes: tensor(changes, options) };
}

/** Points `start`, `start + 1`, ... (modulo 2^32) of a sequence: f32[count, dimensions] in [0, 1). */
export function sequencePoints({ directions, changes }: SequenceTables, start: number, count: number): Tensor<"f32"> {
  return points({ directions, changes, start }, { count }).points;
}
