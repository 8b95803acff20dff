/** I1 and I2: time against size, from a few elements to millions, and graphs of up to 10^5 nodes. */
import { add, tensor, type Tensor } from "@ansatz/tensor";
import { inProcess, interleave } from "../../measure/interleave.ts";
import { OURS, ours } from "../../peers/ours.ts";
import { ramp, type Prepared, type Work } from "../../peers/work.ts";
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

/** Numbers of nodes. */
const NODES = [100, 1000, 10_000, 100_000];
const LEAVES = 16;

/** A tree of sums of products: half of the nodes are products, half sums, and none is deeper than 20. */
function tree(leaves: readonly Tensor[], nodes: number): Tensor {
  let level = Array.from({ length: nodes / 2 }, (_, i) => leaves[i % LEAVES].mul(1 + (i % 7)));
  while (level.length > 1) {
    level = level.flatMap((x, i) => (i % 2 === 1 ? [] : i + 1 < level.length ? [add(x, level[i + 1])] : [x]));
  }
  return level[0];
}

/** Most time per node of a graph of 10^5 nodes, relative to one of 10^3: linear, with room for a colder cache. */
const NODE_GROWTH = 3;

export const i2: Figure = {
  id: "I2",
  title: "graphs of many nodes: recording, scheduling and evaluation in linear time",
  plot: { x: "nodes", y: "microseconds" },
  run: ({ signal, report }) =>
    onOneThread(async () => {
      const leaves = Array.from({ length: LEAVES }, (_, i) => tensor(ramp(8, i), { device: "cpu" }));
      const rows: Row[] = [];
      let perNode = Infinity;
      for (const nodes of NODES) {
        report(`${nodes} nodes`);
        const run = inProcess(OURS, () => {
          const y = tree(leaves, nodes);
          y.eval();
          y.dispose();
        });
        const [times] = await interleave([run], { rounds: nodes > 10_000 ? 3 : 7, clock: "cpu", signal });
        const time = Math.min(...times) * 1e6;
        rows.push(
          makeRow({
            id: `I2.${nodes}`,
            title: `tree of products and sums, ${nodes} points`,
            unit: "us",
            better: "less",
            value: time,
            target: nodes > 1000 ? { relation: "<=", value: NODE_GROWTH * perNode * nodes } : undefined,
          }),
        );
        perNode = nodes <= 1000 ? time / nodes : perNode;
      }
      leaves.forEach((x) => x.dispose());
      return rows;
    }),
};
