/** I1: time against size, from a few elements to millions. */
import { interleave } from "../../measure/interleave.ts";
import { ours } from "../../peers/ours.ts";
import type { Prepared, Work } from "../../peers/work.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";
import { onOneThread } from "./elementwise.ts";

/** Work of a size, and how its operations grow with the number of elements. */
interface Growing {
  readonly name: string;
  readonly work: (size: number) => Work;
  /** Operations, up to a factor. */
  readonly cost: (size: number) => number;
}

const GROWING: readonly Growing[] = [
  { name: "(2x + 1) x", work: (size) => ({ kind: "affineChain", size }), cost: (size) => size },
  { name: "sum", work: (size) => ({ kind: "sum", rows: 1, columns: size, axis: null }), cost: (size) => size },
  {
    name: "matrix product, elements of a factor",
    work: (size) => ({ kind: "matmul", n: Math.sqrt(size), dtype: "f32" }),
    cost: (size) => size ** 1.5,
  },
  {
    name: "fft",
    work: (size) => ({ kind: "fft", shape: [size], dtype: "c64" }),
    cost: (size) => size * Math.log2(size),
  },
];

/** Exponents of two: every size is four times the one before. */
const EXPONENTS = [4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24];

/**
 * A cliff: the time per operation grows more than this from one size to the next. Leaving a cache costs a factor of two to
 * three.
 */
const CLIFF = 4;

/** Least of a few timings, in microseconds: what the machine can do. */
async function best(prepared: Prepared, size: number, signal: AbortSignal): Promise<number> {
  const rounds = size > 2 ** 20 ? 3 : 7;
  const [times] = await interleave([prepared], { rounds, seconds: 0.005, clock: "cpu", signal });
  return Math.min(...times) * 1e6;
}

async function curve({ name, work, cost }: Growing, { signal, report }: FigureContext): Promise<Row[]> {
  const rows: Row[] = [];
  let previous: { readonly time: number; readonly cost: number } | undefined;
  for (const exponent of EXPONENTS) {
    const size = 2 ** exponent;
    report(`${name}: 2^${exponent}`);
    const prepared = (await ours.prepare(work(size))) as Prepared;
    const time = await best(prepared, size, signal);
    prepared.release();
    rows.push(
      makeRow({
        id: `I1.${name.split(/[ ,]/)[0]}.${exponent}`,
        title: `${name}, ${size} points`,
        unit: "us",
        better: "less",
        value: time,
        target:
          previous === undefined
            ? undefined
            : { relation: "<=", value: CLIFF * Math.max(1, cost(size) / previous.cost) * previous.time },
      }),
    );
    previous = { time, cost: cost(size) };
  }
  return rows;
}

export const i1: Figure = {
  id: "I1",
  title: "time against size: no cliff between a size and the next",
  plot: { x: "elements", y: "microseconds" },
  run: (context) =>
    onOneThread(async () => {
      const rows: Row[] = [];
      for (const growing of GROWING) rows.push(...(await curve(growing, context)));
      return rows;
    }),
};
