/** D1 and D2: matrix products. */
import { configure } from "@ansatz/tensor";
import { interleave } from "../../measure/interleave.ts";
import { ours } from "../../peers/ours.ts";
import type { Prepared, Work } from "../../peers/work.ts";
import type { Row, Target } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";
import { timeWork } from "../timing.ts";
import { onOneThread } from "./elementwise.ts";

/** Rounds of a comparison of one thread with two: the best run of each counts. */
const THREAD_ROUNDS = 15;

/** How much faster two threads are than one: best of alternating runs. */
export async function twoThreadSpeedUp(context: FigureContext, id: string, work: Work): Promise<number> {
  const before = configure({ threads: 2 });
  const prepared = (await ours.prepare(work)) as Prepared;
  try {
    const withThreads = (threads: number): Prepared => ({
      ...prepared,
      time(repeats, clock) {
        configure({ threads });
        return prepared.time(repeats, clock);
      },
    });
    const times = await interleave([withThreads(1), withThreads(2)], {
      rounds: THREAD_ROUNDS,
      signal: context.signal,
      onRound: (round, all) => context.report(`${id}: one thread and two, round ${round + 1} of ${all}`),
    });
    return Math.min(...times[0]) / Math.min(...times[1]);
  } finally {
    configure({ threads: before.threads });
    prepared.release();
  }
}

/** Peers that run in JavaScript engines. */
const SCRIPTED: ReadonlySet<string> = new Set(["tfjs-wasm", "jax-js", "numpy-ts", "onnxruntime-web"]);

/** Times that our product is faster than the best of those peers, from the row of the comparison. */
function lead({ id, title, peers, runs }: Row): Row {
  const measured = peers.filter(({ name, ratio }) => SCRIPTED.has(name) && ratio !== null);
  const [closest] = measured.toSorted((a, b) => (a.ratio ?? 0) - (b.ratio ?? 0));
  return makeRow({
    id: `${id}.lead`,
    title: `${title}: against the best peer in JavaScript`,
    unit: "x",
    better: "more",
    value: closest?.ratio ?? null,
    runs,
    target: { relation: ">=", value: 1.5 },
    note: closest === undefined ? "measured with --peers" : `that is ${closest.name}`,
  });
}

async function product(context: FigureContext, figure: string, n: number, target?: Target): Promise<Row> {
  const dtype = figure === "D1" ? "f32" : "f64";
  return await onOneThread(() =>
    timeWork(context, {
      id: `${figure}.${n}`,
      title: `matrix product ${n} x ${n}, ${dtype}, one thread`,
      work: { kind: "matmul", n, dtype },
      rounds: n > 1024 ? 5 : 9,
      unit: "GFLOP/s",
      target,
      beats: dtype === "f32" ? ["tfjs-wasm", "jax-js", "onnxruntime-web"] : ["numpy-ts"],
    }),
  );
}

export const d1: Figure = {
  id: "D1",
  title: "f32 matrix product",
  async run(context) {
    const rows: Row[] = [];
    for (const [n, goal] of [
      [256, null],
      [512, 22],
      [1024, 40],
      [2048, null],
    ] as const) {
      const row = await product(context, "D1", n, goal === null ? undefined : { relation: ">=", value: goal });
      rows.push(row, lead(row));
    }
    rows.push(
      makeRow({
        id: "D1.threads",
        title: "two threads against one, 1024 x 1024",
        unit: "x",
        better: "more",
        value: await twoThreadSpeedUp(context, "D1.threads", { kind: "matmul", n: 1024, dtype: "f32" }),
        runs: THREAD_ROUNDS,
        target: { relation: ">=", value: 1.8 },
        needsIdleMachine: true,
        note: "best of alternating runs",
      }),
    );
    return rows;
  },
};

export const d2: Figure = {
  id: "D2",
  title: "f64 matrix product",
  run: async (context) => [
    await product(context, "D2", 512, { relation: ">=", value: 15 }),
    await product(context, "D2", 1024, { relation: ">=", value: 15 }),
  ],
};
