/** Speed: points, transforms, Gram matrices. */
import {
  digitalKernel,
  fastGram,
  faure,
  fwht,
  halton,
  latinHypercube,
  sobol,
  type DigitalNet,
  type Sequence,
} from "@ansatz/qmc";
import { configure } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { inProcess, interleave, type Contender } from "../../measure/interleave.ts";
import { summarize } from "../../measure/statistics.ts";
import { OURS } from "../../peers/ours.ts";
import type { Python } from "../../peers/python.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { fromSummary, makeRow } from "../rows.ts";
import { onOneThread } from "../tensor/elementwise.ts";
import { compareWithScipy, timeWithScipy } from "../scipy.ts";
import { ifReady, withAnswers } from "./scipy.ts";

const [M, D] = [20, 16];
const SIZE = 2 ** M;

/** Makes all points and gives their memory back. */
function generate(points: DigitalNet): Contender {
  return inProcess(OURS, () => {
    points.points(SIZE, { device: "cpu" }).eval().dispose();
  });
}

/** Rounds of a comparison of one thread with two: the best run of each counts. */
const THREAD_ROUNDS = 15;

/** What the best of alternating runs gains. */
async function gainOf(context: FigureContext, one: Contender, two: Contender) {
  const times = await interleave([one, two], { rounds: THREAD_ROUNDS, signal: context.signal });
  const [slow, fast] = times.map((list) => Math.min(...list));
  const note = `${(1000 * slow).toFixed(1)} ms against ${(1000 * fast).toFixed(1)} ms, best of alternating runs`;
  return { value: slow / fast, runs: THREAD_ROUNDS, note };
}

/** The gain of a loop in C that writes as many bytes as the points in f64 have: no generator that fills memory gains more. */
async function fillRow(context: FigureContext, scipy: Python | null): Promise<Row | null> {
  const loops: Contender[] = [];
  for (const threads of [1, 2] as const) {
    const id = `fill.${threads}`;
    const python = await ifReady(scipy, { kind: "fill", count: SIZE * D, threads }, id);
    if (python === null) return null;
    const time: Contender["time"] = async (repeats, clock) =>
      (await python.ask<{ seconds: number }>({ time: id, repeats, clock })).seconds;
    loops.push({ name: "C, gcc -O3", time });
  }
  const [one, two] = loops;
  return makeRow({
    id: "sobol.fill",
    title: "two threads against one, a loop in C that writes as many bytes as f64",
    unit: "x",
    better: "more",
    ...(await gainOf(context, one, two)),
  });
}

const points: Figure = {
  id: "sobol",
  title: `scrambled Sobol' points, 2^${M} x ${D}`,
  run: (context) =>
    onOneThread(() =>
      withAnswers(async (scipy) => {
        const theirs = { kind: "sobol", m: M, d: D } as const;
        const [double, single] = (["f64", "f32"] as const).map((dtype) =>
          generate(sobol({ dimension: D, key: key(context.seed), dtype })),
        );
        const rows = [
          await compareWithScipy(context, scipy, {
            id: "sobol.f64",
            title: "f64",
            mine: double,
            theirs,
            ratio: "time",
            target: { relation: "<=", value: 1 },
          }),
          await compareWithScipy(context, scipy, {
            id: "sobol.f32",
            title: "f32, SciPy in f64",
            mine: single,
            theirs,
            ratio: "time",
            target: { relation: "<=", value: 0.6 },
          }),
        ];
        for (const [dtype, points] of [
          ["f64", double],
          ["f32", single],
        ] as const) {
          const withThreads = (threads: number): Contender => ({
            name: OURS,
            time(repeats, clock) {
              configure({ threads });
              return points.time(repeats, clock);
            },
          });
          rows.push(
            makeRow({
              id: dtype === "f64" ? "sobol.threads" : "sobol.threads.f32",
              title: `two threads against one, ${dtype}`,
              unit: "x",
              better: "more",
              ...(await gainOf(context, withThreads(1), withThreads(2))),
              target: { relation: ">=", value: 1.7 },
              needsIdleMachine: true,
            }),
          );
        }
        const ceiling = await fillRow(context, scipy);
        if (ceiling !== null) rows.push(ceiling);
        return rows;
      }),
    ),
};

const owen: Figure = {
  id: "owen",
  title: `hashed nested scrambling, 2^${M} x ${D} f64`,
  run: (context) =>
    onOneThread(() =>
      withAnswers(async (scipy) => {
        const [linear, nested] = (["lms-ds", "nus"] as const).map((scramble) =>
          generate(sobol({ dimension: D, key: key(context.seed), scramble })),
        );
        const row = await compareWithScipy(context, scipy, {
          id: "owen.scipy",
          title: "SciPy scrambles linearly",
          mine: nested,
          theirs: { kind: "sobol", m: M, d: D },
          ratio: "time",
          // Three times the goal of linear scrambling.
          target: { relation: "<=", value: 3 },
        });
        const times = await interleave([nested, linear], { clock: "cpu", signal: context.signal });
        const [ours, other] = times.map((list) => summarize(list).median * 1000);
        return [
          row,
          makeRow({
            id: "owen.linear",
            title: "time over that of our linear scrambling",
            unit: "x",
            better: "less",
            ...fromSummary(summarize(times[0].map((seconds, i) => seconds / times[1][i]))),
            target: { relation: "<=", value: 3 },
            note: `${ours.toFixed(1)} ms against ${other.toFixed(1)} ms`,
          }),
        ];
      }),
    ),
};

const [OTHER_M, OTHER_D] = [18, 16];

/** Sequences whose points are made as typed arrays, against what SciPy has. */
const others: Figure = {
  id: "sequences",
  title: `other points, 2^${OTHER_M} x ${OTHER_D} f64, as typed arrays`,
  run: (context) =>
    onOneThread(() =>
      withAnswers(async (scipy) => {
        const common = { dimension: OTHER_D, key: key(context.seed) };
        const size = 2 ** OTHER_M;
        const cases: readonly [id: string, title: string, kind: "halton" | "latin", make: () => Sequence][] = [
          ["halton", "Halton, digits permuted", "halton", () => halton({ ...common, scramble: "dp" })],
          ["halton-lms", "Halton, matrix scramble", "halton", () => halton({ ...common, scramble: "lms-ds" })],
          ["faure", "Faure, matrix scramble, SciPy's Halton", "halton", () => faure({ ...common, scramble: "lms-ds" })],
          ["latin", "Latin hypercube", "latin", () => latinHypercube({ ...common, size })],
        ];
        const rows = [];
        for (const [id, title, kind, make] of cases) {
          rows.push(
            await compareWithScipy(context, scipy, {
              id: `sequences.${id}`,
              title,
              mine: inProcess(OURS, () => void make().array(0, size)),
              theirs: { kind, m: OTHER_M, d: OTHER_D },
              ratio: "time",
              // SciPy's generator goes from one draw to the next, which is cheaper than one that gives any draw by its number.
              ...(kind === "latin" ? {} : { target: { relation: "<=", value: 1 } as const }),
            }),
          );
        }
        return rows;
      }),
    ),
};

const transform: Figure = {
  id: "fwht",
  title: `Walsh-Hadamard transform of 2^${M} f64, in place, one thread`,
  run: (context) =>
    onOneThread(() =>
      withAnswers(async (scipy) => {
        const values = Float64Array.from({ length: SIZE }, (_, i) => Math.sin(i));
        const theirs = { kind: "fwht", m: M } as const;
        const { row, milliseconds } = await timeWithScipy(context, await ifReady(scipy, theirs), {
          id: "fwht",
          title: "the loops of QMCToolsCL",
          mine: inProcess(OURS, () => void fwht(values)),
          theirs,
          rival: "C, gcc -O3",
          ratio: "time",
          target: { relation: "<=", value: 0.5 },
        });
        return [
          row,
          makeRow({
            id: "fwht.time",
            title: "time",
            unit: "ms",
            better: "less",
            value: milliseconds,
            target: { relation: "<=", value: 18 },
          }),
        ];
      }),
    ),
};

const [GRAM_M, GRAM_D] = [16, 4];

const gram: Figure = {
  id: "gram",
  title: `Gram solve, 2^${GRAM_M} points in ${GRAM_D} dimensions, digitally shift-invariant kernel of order 2`,
  run: (context) =>
    onOneThread(() =>
      withAnswers(async (scipy) => {
        const net = sobol({ dimension: GRAM_D });
        const kernel = digitalKernel({ dimension: GRAM_D, alpha: 2 });
        const size = 2 ** GRAM_M;
        const v = Float64Array.from({ length: size }, (_, i) => Math.sin(i));
        const mine = inProcess(OURS, () => void fastGram({ kernel, points: net, size, nugget: 1e-3 }).solve(v));
        const theirs = { kind: "gram", m: GRAM_M, d: GRAM_D } as const;
        return [
          await compareWithScipy(context, scipy, {
            id: "gram",
            title: "kernel, eigenvalues and solution",
            mine,
            theirs,
            ratio: "time",
            target: { relation: "<=", value: 1 },
          }),
        ];
      }),
    ),
};

export const speedFigures: readonly Figure[] = [points, owen, others, transform, gram];
