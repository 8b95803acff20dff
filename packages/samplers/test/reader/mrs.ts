/** `mrs.json`: mean-reverting schedules, samplers and conversions. */
import {
  halfLogSnr,
  meanReverting,
  meanRevertingConversion,
  meanRevertingLevels,
  mrs as mrsSampler,
  sampleMeanReverting,
  type Level,
  type MeanRevertingKind,
  type MeanRevertingPrediction,
  type MeanRevertingSpacing,
  type Prediction,
} from "@ansatz/samplers";
import { gaussianMixture } from "@ansatz/samplers/problems";
import { add, sub, type Tensor } from "@ansatz/tensor";
import {
  expectClose,
  knownKeys,
  unknownCase,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
} from "@ansatz/golden";
import { words } from "./words.ts";
import { flat, mixtureOf, points } from "./common.ts";

export const mrs: GoldenReader = (file) => [
  ...unknownSections(file, words("about source tolerance x0_law mu x_T schedules noises_by_steps cases conversions")),
  ...(file.schedules ?? []).map((entry: any) => table(entry, file)),
  ...(file.cases ?? []).map((entry: any) => run(entry, file)),
  ...(file.conversions ?? []).map((entry: any) => conversions(entry, file)),
];

function scheduleOf(kind: MeanRevertingKind): ReturnType<typeof meanReverting> {
  return meanReverting({ kind, count: 100, limit: 50 / 255, floor: 0.005 });
}

function table(entry: any, file: any): GoldenCase {
  const name = `IR-SDE table ${entry.kind}`;
  return {
    name,
    kind: "IR-SDE",
    run() {
      knownKeys(name, entry, words("kind max_sigma T eps sigma_inf dt index theta alpha sigma half_log_snr"));
      const { kind, max_sigma: top, T: count, eps: floor } = entry;
      const schedule = meanReverting({ kind, count, limit: top / 255, floor });
      const levels: Level[] = entry.index.map((i: number) => schedule.level(i));
      const close = (what: string, got: number[], expected: number[]): void =>
        expectClose(what, got, expected, file.tolerance);
      close("limit and dt", [schedule.limit, schedule.dt], [entry.sigma_inf, entry.dt]);
      close(
        "theta",
        entry.index.map((i: number) => schedule.thetas[i]),
        entry.theta,
      );
      close(
        "alpha",
        levels.map(({ alpha }) => alpha),
        entry.alpha,
      );
      close(
        "sigma",
        levels.map(({ sigma }) => sigma),
        entry.sigma,
      );
      close("half log-SNR", levels.map(halfLogSnr), entry.half_log_snr);
    },
  };
}

const SPACINGS: Record<string, MeanRevertingSpacing> = {
  linspace: "linspace",
  "linear-lambda": "log-snr",
  "karras-t": "karras-index",
};

/** Lower orders at the end of short runs, but the very last step in full again: what the published code does. */
function releasedOrders(steps: number, order: number): number[] {
  return Array.from({ length: steps }, (_, i) => {
    const full = Math.min(order, i + 1);
    return steps < 10 && i < steps - 1 ? Math.min(full, steps - 1 - i) : full;
  });
}

/** The exact denoiser of the uncentred signal. */
function denoiser(file: any, predict: Prediction): { predict: Prediction; call: (x: Tensor, level: Level) => Tensor } {
  const law = mixtureOf(file.x0_law);
  const means = law.means.map((row) => row.map((v, j) => v - file.mu[j]));
  const inner = gaussianMixture({ ...law, means, predict });
  return {
    predict,
    call: (x, level) => {
      const mean = meanOf(file, x.shape[0]);
      const output = inner.call(sub(x, mean).eval(), level) as Tensor;
      return (predict === "x0" ? add(output, mean) : output).eval();
    },
  };
}

function meanOf(file: any, count: number): Tensor {
  return points(Array.from({ length: count }, () => file.mu));
}

function run(entry: any, file: any): GoldenCase {
  const { kind, time_schedule: grid, parameterization, solver, order, steps } = entry;
  const name = `MR-${solver} ${kind} ${grid} ${parameterization} order ${order} ${steps} steps`;
  const spacing = SPACINGS[grid];
  if (spacing === undefined || !["ode", "sde"].includes(solver)) return unknownCase(name, `${grid} ${solver}`);
  return {
    name,
    kind: `MR-${solver.toUpperCase()}`,
    async run() {
      knownKeys(
        name,
        entry,
        words("kind time_schedule parameterization solver order steps lambda_min t alpha sigma half_log_snr final"),
      );
      const levels = meanRevertingLevels(scheduleOf(kind), {
        steps,
        spacing,
        minHalfLogSnr: entry.lambda_min,
        between: "separate",
      });
      const close = (what: string, got: number[], expected: number[]): void =>
        expectClose(what, got, expected, file.tolerance);
      close(
        "t",
        levels.map(({ time }) => time as number),
        entry.t,
      );
      close(
        "alpha",
        levels.map(({ alpha }) => alpha),
        entry.alpha,
      );
      close(
        "sigma",
        levels.map(({ sigma }) => sigma),
        entry.sigma,
      );
      close("half log-SNR", levels.map(halfLogSnr), entry.half_log_snr);
      const prediction = parameterization === "data" ? "x0" : "epsilon";
      const x = points(file.x_T);
      const { value, cost } = await sampleMeanReverting({
        sampler: mrsSampler({
          order,
          prediction,
          eta: solver === "sde" ? 1 : 0,
          thirdOrder: "released",
          orders: releasedOrders(steps, order),
        }),
        denoiser: denoiser(file, prediction),
        levels,
        mean: meanOf(file, x.shape[0]),
        x,
        noise: solver === "sde" ? ({ step }) => points(file.noises_by_steps[String(steps)][step]) : undefined,
      });
      if (cost.evaluations !== steps) throw new Error(`${cost.evaluations} model calls, expected ${steps}`);
      expectClose("final", await value.data(), flat(entry.final), file.tolerance);
    },
  };
}

function conversions(entry: any, file: any): GoldenCase {
  const name = `MR conversions alpha=${entry.alpha}`;
  return {
    name,
    kind: "IR-SDE",
    run() {
      knownKeys(name, entry, words("alpha sigma sigma_inf x noise data velocity"));
      const kinds: MeanRevertingPrediction[] = ["noise", "data", "velocity"];
      const x = flat(entry.x);
      for (const from of kinds) {
        for (const to of kinds) {
          const factors = meanRevertingConversion(from, to, entry, entry.sigma_inf);
          const prediction = flat(entry[from]);
          const got = x.map(
            (v, i) => factors.x * v + factors.prediction * prediction[i] + factors.mean * file.mu[i % file.mu.length],
          );
          expectClose(`${from} to ${to}`, got, flat(entry[to]), file.tolerance);
        }
      }
    },
  };
}
