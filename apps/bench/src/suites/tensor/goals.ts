/** H1 to H7: overhead of recording and replaying, memory-bound kernels, and a training step. */
import { compile, exp, tensor, type Tensor } from "@ansatz/tensor";
import { inThisNode } from "../../children/run.ts";
import { inProcess, interleave, type Contender } from "../../measure/interleave.ts";
import { summarize, type Summary } from "../../measure/statistics.ts";
import { OURS, ours } from "../../peers/ours.ts";
import { ramp, type Prepared, type Work } from "../../peers/work.ts";
import type { Figure, FigureContext } from "../base.ts";
import type { Row } from "../../results/benchResult.ts";
import { fromSummary, makeRow } from "../rows.ts";
import { timeWork } from "../timing.ts";
import { onOneThread } from "./elementwise.ts";

/** Five operations with numbers that change from call to call. */
function fiveOperations(x: Tensor, c: number | Tensor): Tensor {
  return x.mul(c).add(1).mul(2).add(0.5).mul(c);
}

/** Times something that only we do: processor time in microseconds per call. */
async function microseconds(
  context: FigureContext,
  id: string,
  title: string,
  contender: Contender,
  goal: number,
): Promise<Row> {
  const [times] = await interleave([contender], { clock: "cpu", signal: context.signal });
  return makeRow({
    id,
    title,
    unit: "us",
    better: "less",
    ...fromSummary(summarize(times.map((seconds) => seconds * 1e6))),
    target: { relation: "<=", value: goal },
  });
}

const SIZE = 1000;

export const h1: Figure = {
  id: "H1",
  title: "five operations on 1000 elements, recorded anew in every call",
  run: (context) =>
    onOneThread(async () => {
      using x = tensor(ramp(SIZE), { device: "cpu" });
      let c = 1;
      const work = inProcess(OURS, () => {
        c += 1e-6;
        const y = fiveOperations(x, c);
        y.eval();
        y.dispose();
      });
      return [await microseconds(context, "H1", "lazy chain of five operations, 1000 f32", work, 1.5)];
    }),
};

export const h2: Figure = {
  id: "H2",
  title: "five operations on 1000 elements, compiled",
  run: (context) =>
    onOneThread(async () => {
      using x = tensor(ramp(SIZE), { device: "cpu" });
      const replay = compile<[Tensor, number], Tensor>(fiveOperations);
      let c = 1;
      const work = inProcess(OURS, () => {
        c += 1e-6;
        replay(x, c).dispose();
      });
      return [await microseconds(context, "H2", "compiled chain of five operations, 1000 f32", work, 0.5)];
    }),
};

/** Whoever has to be slower, where they can do the work. */
const RIVALS = ["tfjs-wasm", "jax-js", "numpy-ts", "onnxruntime-web", "NumPy"];

/** A figure that times one piece of work in milliseconds against the peers. */
function timed(id: string, title: string, work: Work, goal: number): Figure {
  return {
    id,
    title,
    run: (context) =>
      onOneThread(async () => [
        await timeWork(context, {
          id,
          title,
          work,
          unit: "ms",
          target: { relation: "<=", value: goal },
          beats: RIVALS,
        }),
      ]),
  };
}

export const h3: Figure = timed(
  "H3",
  "exp(-(2x + 1)^2 / 2), 2^22 f32, one thread",
  { kind: "expChain", size: 1 << 22 },
  12,
);

const ROWS = { rows: 4096, columns: 1024 };

/** Most time for a normalisation of rows, in times of a copy. */
const COPIES = 1.5;

/** A figure that times rows of a matrix against the peers and against a copy of the matrix. */
function rowwise(id: string, title: string, kind: "softmax" | "layerNorm", goal: number): Figure {
  return {
    id,
    title,
    run: (context) =>
      onOneThread(async () => {
        const work: Work = { kind, ...ROWS };
        const row = await timeWork(context, {
          id,
          title,
          work,
          unit: "ms",
          target: { relation: "<=", value: goal },
          beats: RIVALS,
        });
        using x = tensor(ramp(ROWS.rows * ROWS.columns), { device: "cpu" });
        const each = (compute: (x: Tensor) => Tensor): Contender =>
          inProcess(OURS, () => {
            const y = compute(x);
            y.eval();
            y.dispose();
          });
        const mine = (await ours.prepare(work)) as Prepared;
        const contenders = [mine, each((v) => v.mul(2)), each(exp)];
        const times = await interleave(contenders, { clock: "cpu", signal: context.signal });
        mine.release();
        const copies = (contender: number): Summary =>
          summarize(times[contender].map((seconds, i) => seconds / times[1][i]));
        return [
          row,
          makeRow({
            id: `${id}.copies`,
            title: "against reading the matrix and writing another",
            unit: "x",
            better: "less",
            ...fromSummary(copies(0)),
            target: { relation: "<=", value: COPIES },
            note:
              kind === "softmax"
                ? `an exponential of every element takes ${copies(2).median.toFixed(2)} copies by itself`
                : undefined,
          }),
        ];
      }),
  };
}

export const h4: Figure = rowwise("H4", "softmax of rows, 4096 x 1024, one thread", "softmax", 15);

export const h5: Figure = rowwise("H5", "layer norm of rows, 4096 x 1024, one thread", "layerNorm", 4);

export const h6: Figure = timed(
  "H6",
  "a step of Adam, 2^20 parameters, one thread",
  { kind: "adam", size: 1 << 20 },
  1.5,
);

export const h7: Figure = {
  id: "H7",
  title: "1000 steps of Adam on 2^18 parameters: memory",
  run: async ({ signal }) => {
    const { peak } = await inThisNode("adamSteps", signal);
    return [
      makeRow({
        id: "H7",
        title: "peak of 1000 steps of Adam, 2^18 parameters",
        unit: "MB",
        better: "less",
        value: peak / 1e6,
        target: { relation: "<=", value: 20 },
      }),
    ];
  },
};
