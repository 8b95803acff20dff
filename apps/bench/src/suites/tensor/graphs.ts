/** I2: time to schedule and run a graph for the first time, against its number of nodes. */
import { sum, tensor, together, type Tensor } from "@ansatz/tensor";
import { breathe } from "../../cli/io.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";
import { onOneThread } from "./elementwise.ts";

/** A kind of graph of about `n` nodes, as the results that are wanted. */
interface Shape {
  readonly name: string;
  readonly make: (n: number) => Tensor[];
}

const leaf = (): Tensor => tensor([1, 2, 3, 4], { device: "cpu" });

function tree(leaves: readonly Tensor[]): Tensor[] {
  let level = leaves;
  while (level.length > 1) {
    const pairs = level;
    level = pairs.flatMap((x, i) => (i % 2 === 1 ? [] : i + 1 < pairs.length ? [x.add(pairs[i + 1])] : [x]));
  }
  return [...level];
}

function chains(count: number, length: number): Tensor[] {
  return Array.from({ length: count }, () => {
    let y = leaf();
    for (let i = 0; i < length; i++) y = y.mul(1.5).add(0.5);
    return y;
  });
}

const GRAPHS: readonly Shape[] = [
  { name: "tree", make: (n) => tree(Array.from({ length: n / 2 }, leaf)) },
  { name: "chains", make: (n) => chains(n / 200, 100) },
  {
    name: "fan",
    make: (n) => {
      const x = leaf();
      return tree(Array.from({ length: n / 2 }, (_, i) => x.mul(i)));
    },
  },
  { name: "results", make: (n) => Array.from({ length: n / 2 }, (_, i) => leaf().mul(i)) },
  { name: "sums", make: (n) => Array.from({ length: n / 2 }, () => sum(leaf())) },
];

/** Numbers of nodes: each is ten times the one before. */
const NODES = [1000, 10_000, 100_000];

/** Most by which the time per node may grow over ten times more nodes; caches of the processor cost some of it. */
const GROWTH = 2;

/** Least processor time per node of a few first runs, in microseconds. */
async function perNode(shape: Shape, nodes: number, signal: AbortSignal): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 3; round++) {
    // Other graphs each time, so that no plan is found.
    const n = nodes + 400 * round;
    const results = together(shape.make(n));
    const start = process.cpuUsage();
    results[0].eval();
    const { user, system } = process.cpuUsage(start);
    for (const y of results) y.dispose();
    best = Math.min(best, (user + system) / n);
    await breathe(signal);
  }
  return best;
}

async function curve(shape: Shape, { signal, report }: FigureContext): Promise<Row[]> {
  const rows: Row[] = [];
  // Compiles the kernels, and the scheduler itself.
  await perNode(shape, 2000, signal);
  for (const nodes of NODES) {
    report(`${shape.name}: ${nodes} nodes`);
    const before = rows.at(-1)?.value ?? null;
    rows.push(
      makeRow({
        id: `I2.${shape.name}.${nodes}`,
        title: `${shape.name}, ${nodes} nodes, per node`,
        unit: "us",
        better: "less",
        value: await perNode(shape, nodes, signal),
        runs: 3,
        target: before === null ? undefined : { relation: "<=", value: GROWTH * before },
      }),
    );
  }
  return rows;
}

export const i2: Figure = {
  id: "I2",
  title: "first run of a graph: time per node against nodes",
  plot: { x: "nodes", y: "microseconds per node" },
  run: (context) =>
    onOneThread(async () => {
      const rows: Row[] = [];
      for (const shape of GRAPHS) rows.push(...(await curve(shape, context)));
      return rows;
    }),
};
