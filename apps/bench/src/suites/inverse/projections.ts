/** Projections of a large image: time against matrices and rotations, threads, memory. */
import { evenAngles, parallelBeam, projector } from "@ansatz/inverse";
import { configure, tensor, type Tensor } from "@ansatz/tensor";
import type { LinearOperator } from "@ansatz/tensor/linear";
import { inThisNode } from "../../children/run.ts";
import { inProcess, interleave, type Contender } from "../../measure/interleave.ts";
import { summarize } from "../../measure/statistics.ts";
import type { Python } from "../../peers/python.ts";
import { OURS } from "../../peers/ours.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { fromSummary, makeRow } from "../rows.ts";
import { compareWithScipy } from "../scipy.ts";
import { onOneThread } from "../tensor/elementwise.ts";
import { ramp, withAnswers } from "./work.ts";

const [SIZE, VIEWS, DETECTORS] = [512, 360, 729];

/** A tenth of the views, for a quick comparison: the stored matrix of all of them has 2 GB. */
const FEW = VIEWS / 10;

/** Rounds of a comparison of one thread with two: the best run of each counts. */
const THREAD_ROUNDS = 15;

function operatorOf(views: number): LinearOperator {
  const image = { rows: SIZE, columns: SIZE, pixel: 1 };
  return projector(parallelBeam({ image, angles: evenAngles(views), detectors: DETECTORS, spacing: 1 }));
}

const imageOf = (): Tensor => tensor(ramp(SIZE * SIZE), { shape: [SIZE, SIZE], device: "cpu" });

/** Forward and adjoint, one after the other. */
function bothWays(operator: LinearOperator, image: Tensor): Contender {
  return inProcess(OURS, () => {
    using sinogram = operator.apply(image).eval();
    operator.adjoint(sinogram).eval().dispose();
  });
}

async function norm(x: Tensor): Promise<number> {
  let sum = 0;
  for (const value of (await x.data()) as Float32Array) sum += value * value;
  return Math.sqrt(sum);
}

/** Who else does it. */
type Rival = "sparse" | "rotation";

/** Forward and adjoint against a stored matrix, or against rotations. */
function rivals(id: string, views: number, others: readonly Rival[]): Figure {
  return {
    id,
    title: `Joseph's projector and its adjoint, ${SIZE}^2 pixels x ${views} views x ${DETECTORS} elements, f32, one thread`,
    run: (context) =>
      onOneThread(() =>
        withAnswers(async (python) => {
          const operator = operatorOf(views);
          using image = imageOf();
          const mine = bothWays(operator, image);
          const scan = { size: SIZE, views, detectors: DETECTORS };
          const facts = { mine, ratio: "speed", title: "forward and adjoint" } as const;
          const rows: Row[] = [];
          if (others.includes("sparse")) {
            rows.push(
              await compareWithScipy(context, python, {
                ...facts,
                id: `${id}.sparse`,
                theirs: { kind: "sparse", ...scan },
                rival: "sparse matrix",
                target: { relation: ">=", value: 1 },
              }),
            );
            if (python !== null) rows.push(await sameNorms(id, python, operator, image, scan));
          }
          if (others.includes("rotation")) {
            rows.push(
              await compareWithScipy(context, python, {
                ...facts,
                id: `${id}.rotation`,
                theirs: { kind: "rotation", ...scan },
                rival: "rotate and sum",
                target: { relation: ">=", value: 5 },
              }),
            );
          }
          return rows;
        }),
      ),
  };
}

/** How far sinogram and back-projection are from those of the stored matrix. */
async function sameNorms(
  id: string,
  python: Python,
  operator: LinearOperator,
  image: Tensor,
  scan: Readonly<Record<"size" | "views" | "detectors", number>>,
): Promise<Row> {
  await python.ask({ prepare: { kind: "sparse", check: true, ...scan }, id: "check" });
  const { norms } = await python.ask<{ norms: number[] }>({ norms: "check" });
  using sinogram = operator.apply(image);
  using back = operator.adjoint(sinogram);
  const ours = [await norm(sinogram), await norm(back)];
  return makeRow({
    id: `${id}.same`,
    title: "norms of sinogram and back-projection, relative difference from the sparse matrix's",
    unit: "",
    better: "less",
    value: Math.max(...ours.map((value, i) => Math.abs(value / norms[i] - 1))),
    target: { relation: "<=", value: 1e-5 },
  });
}

const threads: Figure = {
  id: "threads",
  title: `Joseph's projector and its adjoint, ${SIZE}^2 pixels x ${VIEWS} views x ${DETECTORS} elements, f32`,
  async run({ signal, report }) {
    const before = configure({ threads: 1 });
    try {
      using image = imageOf();
      const both = bothWays(operatorOf(VIEWS), image);
      const on = (count: number): Contender => ({
        name: OURS,
        time(repeats, clock) {
          configure({ threads: count });
          return both.time(repeats, clock);
        },
      });
      const times = await interleave([on(1), on(2)], {
        rounds: THREAD_ROUNDS,
        signal,
        onRound: (round, all) => report(`threads: round ${round + 1} of ${all}`),
      });
      const rows = times.map((list, i) =>
        makeRow({
          id: `threads.${i + 1}`,
          title: `forward and adjoint on ${i + 1} thread${i === 0 ? "" : "s"}`,
          unit: "ms",
          better: "less",
          ...fromSummary(summarize(list.map((seconds) => seconds * 1000))),
        }),
      );
      const speedup = makeRow({
        id: "threads.speedup",
        title: "two threads against one",
        unit: "x",
        better: "more",
        value: Math.min(...times[0]) / Math.min(...times[1]),
        runs: THREAD_ROUNDS,
        note: "best of alternating runs",
      });
      return [...rows, speedup];
    } finally {
      configure({ threads: before.threads });
    }
  },
};

const memory: Figure = {
  id: "memory",
  title: `memory of ${SIZE}^2 pixels x ${VIEWS} views x ${DETECTORS} elements, forward and adjoint`,
  async run({ signal }) {
    const { peak } = await inThisNode("projections", signal);
    return [
      makeRow({
        id: "memory",
        title: "most bytes of tensors at one time, image, sinogram and tables included",
        unit: "MB",
        better: "less",
        value: peak / 1e6,
        target: { relation: "<", value: 20 },
        note: "in a process of its own",
      }),
    ];
  },
};

export const projectionFigures: readonly Figure[] = [
  rivals("projector", FEW, ["sparse", "rotation"]),
  // Of all views, minutes each.
  rivals("projector-all", VIEWS, ["sparse"]),
  rivals("rotation-all", VIEWS, ["rotation"]),
  threads,
  memory,
];
