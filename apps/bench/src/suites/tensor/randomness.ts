/** B1 and B2: random numbers. */
import { bits, Key, key, normal, uniform } from "@ansatz/tensor/random";
import type { Tensor } from "@ansatz/tensor";
import { breathe } from "../../cli/io.ts";
import { openDevice } from "../../device.ts";
import { exactMath } from "../../measure/exactMath.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";

/**
 * Threefry-2x32-20 of counter (0, 0) under key (0, 0): the first known answer of Random123 (Salmon, Moraes, Dror and
 * Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011).
 */
const KNOWN = [0x6b200159, 0x99ba4efe] as const;

const COUNT = 100_000;

type Draw = (key: Key, device: string) => Tensor;

const DRAWS: Readonly<Record<string, Draw>> = {
  bits: (k, device) => bits(k, [COUNT], { device }),
  uniform: (k, device) => uniform(k, [COUNT], { device }),
  normal: (k, device) => normal(k, [COUNT], { device }),
};

async function differences(draw: Draw, k: Key, device: string, want: ArrayLike<number>): Promise<number> {
  using x = draw(k, device);
  const got = await x.data();
  let count = 0;
  for (let i = 0; i < COUNT; i++) if (!Object.is(got[i], want[i])) count++;
  return count;
}

function exactRow(id: string, title: string, value: number, runs: number): Row {
  return makeRow({
    id,
    title,
    unit: "differences",
    better: "equal",
    value,
    runs,
    target: { relation: "=", value: 0 },
  });
}

/** Draws that are read in part must have the values of the whole. */
async function sliceDifferences(draw: Draw, k: Key, whole: ArrayLike<number>): Promise<number> {
  const [from, to] = [31_337, 71_113];
  using all = draw(k, "cpu");
  using part = all.slice([[from, to]]);
  const got = await part.data();
  let count = 0;
  for (let i = from; i < to; i++) if (!Object.is(got[i - from], whole[i])) count++;
  return count;
}

export const b1: Figure = {
  id: "B1",
  title: "random bits: known answers, the same on every device, slices of draws",
  async run({ seed, report }) {
    const zero = new Key(0, 0);
    const child = zero.fold(0);
    using first = bits(zero, [1], { device: "cpu" });
    const word = Number(await first.item());
    const wrong =
      Number(child.k0 !== KNOWN[0]) + Number(child.k1 !== KNOWN[1]) + Number(word !== (KNOWN[0] ^ KNOWN[1]) >>> 0);
    const rows = [exactRow("B1.known", "known answers that are missed", wrong, 3)];
    const device = await openDevice("webgpu");
    try {
      const k = key(seed);
      for (const [name, draw] of Object.entries(DRAWS)) {
        report(name);
        using x = draw(k, "cpu");
        const want = (await x.data()) as ArrayLike<number>;
        for (const other of ["js", "webgpu"]) {
          const count = await differences(draw, k, other, want);
          rows.push(exactRow(`B1.${name}.${other}`, `${name}: ${other} against WebAssembly`, count, COUNT));
        }
        const count = await sliceDifferences(draw, k, want);
        rows.push(
          exactRow(`B1.${name}.slice`, `${name}: a slice of the draw against a draw of the slice`, count, COUNT),
        );
      }
    } finally {
      device.release();
    }
    return rows;
  },
};

const MANY = 4_000_000;
/** Quantiles that are compared with the truth: some at random, and the most extreme ones. */
const CHECKED = { random: 20_000, extreme: 2_000 };

/**
 * Distance of a normal number from the exact quantile of its word, beyond half a unit in the last place: the error of the
 * evaluation before the result is rounded.
 *
 * The upper bit of a word is the sign, the others m give the tail probability (m + 1/2) / 2^32. One Newton step from the
 * result to the exact quantile is exact to about 1e-13, since the result is already within 1e-6.
 */
export function quantileError(word: number, z: number): number {
  const tail = ((word & 0x7fffffff) + 0.5) / 2 ** 32;
  const size = Math.abs(z);
  const { high, low } = exactMath.erf(size / Math.SQRT2);
  const density = Math.exp((-size * size) / 2) / Math.sqrt(2 * Math.PI);
  const distance = Math.abs(((1 - high - low) / 2 - tail) / density);
  const halfUnit = 2 ** (Math.floor(Math.log2(Math.max(size, 2 ** -126))) - 24);
  const signed = z < 0 === word >= 2 ** 31 ? 0 : Infinity;
  return Math.max(0, distance - halfUnit) + signed;
}

async function worstQuantile(words: Uint32Array, z: Float32Array, context: FigureContext): Promise<number> {
  const order = Uint32Array.from(words.keys()).sort((a, b) => Math.abs(z[b]) - Math.abs(z[a]));
  const chosen = [...order.subarray(0, CHECKED.extreme), ...Array.from({ length: CHECKED.random }, (_, i) => i)];
  let worst = 0;
  for (const [n, i] of chosen.entries()) {
    if (n % 2000 === 0) await breathe(context.signal);
    worst = Math.max(worst, quantileError(words[i], z[i]));
  }
  return worst;
}

export const b2: Figure = {
  id: "B2",
  title: "normal numbers: moments and the inverse distribution function",
  async run(context) {
    const k = key(context.seed);
    using x = normal(k, [MANY], { device: "cpu" });
    using w = bits(k, [MANY], { device: "cpu" });
    const z = (await x.data()) as Float32Array;
    let sum = 0;
    let squares = 0;
    for (const value of z) {
      sum += value;
      squares += value * value;
    }
    const mean = sum / MANY;
    context.report("quantiles against the truth");
    const worst = await worstQuantile((await w.data()) as Uint32Array, z, context);
    const row = (id: string, title: string, value: number, goal: number, runs: number): Row =>
      makeRow({ id, title, unit: "", better: "less", value, runs, target: { relation: "<", value: goal } });
    return [
      row("B2.mean", "absolute mean of 4 million", Math.abs(mean), 2e-3, MANY),
      row("B2.variance", "absolute variance - 1", Math.abs(squares / MANY - mean * mean - 1), 3e-3, MANY),
      row("B2.quantile", "error of the quantile before rounding", worst, 3e-8, CHECKED.random + CHECKED.extreme),
    ];
  },
};
