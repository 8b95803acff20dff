/** `momentum.json`: GHVB, HB and NT runs, coefficients, and stability on the linear test equation. */
import { ghvb, ghvbCoefficients, heavyBall, nesterov, runPlanNumeric, type PlannedSampler } from "@ansatz/samplers";
import {
  expectClose,
  expectEqual,
  knownKeys,
  unknownCase,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
} from "@ansatz/golden";
import { words } from "./words.ts";
import { denoiserOf, expectRun, points, tableOf } from "./common.ts";

export const momentum: GoldenReader = (file) => [
  ...unknownSections(
    file,
    words(
      "about source tolerance model_A x_T kind beta_start beta_end coefficients runs stability_real_axis linear_test",
    ),
  ),
  ...(file.coefficients ?? []).map((entry: any) => coefficients(entry, file)),
  ...(file.runs ?? []).map((entry: any) => run(entry, file)),
  ...(file.stability_real_axis ?? []).map((entry: any) => stability(entry, file)),
  ...(file.linear_test ?? []).map((entry: any) => linearTest(entry, file)),
];

const METHODS: Record<string, (order: number) => PlannedSampler> = {
  ghvb: (order) => ghvb({ order }),
  hb: (order) => heavyBall({ order }),
  nt: (order) => nesterov({ order }),
};

function coefficients(entry: any, file: any): GoldenCase {
  const name = `GHVB coefficients k=${entry.k} beta=${entry.beta}`;
  return {
    name,
    kind: "GHVB",
    run() {
      knownKeys(name, entry, ["k", "beta", "a"]);
      expectClose("coefficients", ghvbCoefficients(entry.k, entry.beta), entry.a, file.tolerance);
    },
  };
}

function methodCase(entry: any, title: string, body: (sampler: PlannedSampler) => void | Promise<void>): GoldenCase {
  const create = METHODS[entry.method];
  const name = `${title} ${entry.method} k=${entry.k} beta=${entry.beta}`;
  if (create === undefined) return unknownCase(name, entry.method);
  return {
    name,
    kind: entry.method.toUpperCase(),
    run: () => body(create(entry.order ?? entry.k - 1 + entry.beta)),
  };
}

function run(entry: any, file: any): GoldenCase {
  return methodCase(entry, `run of ${entry.steps} steps`, async (sampler) => {
    knownKeys("run", entry, ["method", "order", "k", "beta", "steps", "levels_index", "final"]);
    const table = tableOf(file);
    await expectRun(
      {
        sampler,
        levels: entry.levels_index.map((i: number) => table.level(i)),
        denoiser: denoiserOf(file.model_A),
        x: points(file.x_T),
      },
      { final: entry.final, evaluations: entry.steps },
      file.tolerance,
    );
  });
}

/**
 * A run on `dy/du = -y` with unit steps in y and u: the levels (alpha, sigma) = (1, K - i) and the prediction `-z y`
 * make every step `y' = y + z (combination)`.
 */
function trajectory(sampler: PlannedSampler, z: number, steps: number): number[] {
  const levels = Array.from({ length: steps + 1 }, (_, i) => ({ alpha: 1, sigma: steps + 1 - i }));
  const model = (x: Float64Array): Float64Array => x.map((value) => -z * value);
  return runPlanNumeric(sampler.plan(levels), Float64Array.of(1), model).map(([value]) => value);
}

function stability(entry: any, file: any): GoldenCase {
  return methodCase(entry, "stability of", (sampler) => {
    knownKeys("stability", entry, ["method", "k", "beta", "left_end"]);
    const grows = (z: number): boolean => {
      const all = trajectory(sampler, z, 4000).map(Math.abs);
      const top = (from: number, to: number): number => Math.max(...all.slice(from, to));
      return !(top(3000, 4000) <= top(1000, 2000));
    };
    const margin = file.tolerance.left_end_abs;
    expectEqual("just inside", grows(entry.left_end + margin), false);
    expectEqual("just outside", grows(entry.left_end - margin), true);
  });
}

function linearTest(entry: any, file: any): GoldenCase {
  return methodCase(entry, `linear equation z=${entry.z}`, (sampler) => {
    knownKeys("linear test", entry, ["method", "k", "beta", "z", "steps", "x", "at", "stable"]);
    const all = trajectory(sampler, entry.z, entry.steps);
    expectClose(
      "x",
      entry.at.map((n: number) => all[n - 1]),
      entry.x,
      file.tolerance,
    );
    expectEqual("stable", Math.abs(all[entry.steps - 1]) < 1, entry.stable);
  });
}
