/** The claims about whole families that need distributions or many runs. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { key } from "@ansatz/tensor/random";
import {
  bdiaEdm,
  continuousLevels,
  edm,
  heun,
  runPlanNumeric,
  type Level,
  type PlannedSampler,
} from "@ansatz/samplers";
import {
  exactSample,
  meanRevertingStudy,
  mixtureModel,
  probabilityFlow,
  slicedWasserstein,
  type MeanRevertingStudy,
} from "@ansatz/samplers/problems";
import { flat, mixtureOf } from "./reader/common.ts";
import { BUMPS } from "./support.ts";

const golden = (name: string): any =>
  JSON.parse(readFileSync(new URL(`golden/samplers-ode/${name}.json`, import.meta.url), "utf8"));

describe("MRS", () => {
  const file = golden("mrs");
  const law = mixtureOf(file.x0_law);
  const centred = { ...law, means: law.means.map((row) => row.map((v, j) => v - file.mu[j])) };
  const [ode, sde] = ["MR-ODE-2", "MR-SDE-2"];
  const [stretched, short] = ["Euler-Maruyama, true steps", "Euler-Maruyama, training steps"];
  let study: MeanRevertingStudy;
  beforeAll(() => {
    const methods = [ode, sde, stretched, short];
    study = meanRevertingStudy({ mixture: centred, evaluations: [10, 30, 50, 100], count: 6000, methods });
  });
  const at = (method: string, calls: number): number =>
    study.rows.find((row) => row.method === method)?.distances[study.evaluations.indexOf(calls)] as number;

  test("MR-ODE-2 with 30 calls is as close as Euler-Maruyama with 100, and not to be told from an exact sample", () => {
    expect(at(ode, 30)).toBeLessThan(1.2 * at(stretched, 100));
    expect(at(ode, 30)).toBeLessThan(1.5 * study.floor);
  });

  test("MR-SDE-2 with 50 calls is as close as Euler-Maruyama with 100", () => {
    expect(at(sde, 50)).toBeLessThan(1.2 * at(stretched, 100));
  });

  test("the published few-step baseline covers only part of the time: MR-ODE-2 with 10 calls passes its 50", () => {
    expect(at(short, 50)).toBeGreaterThan(2 * at(stretched, 50));
    expect(at(ode, 10)).toBeLessThan(at(short, 50));
  });
});

describe("BDIA on EDM", () => {
  const model = mixtureOf(golden("bdia_edm").model);
  const mixture = mixtureModel(model);
  const dimension = model.means[0].length;
  const x = exactSample(
    { weights: [1], means: [new Array(dimension).fill(0)], variances: [new Array(dimension).fill(6400)] },
    key(2),
    64,
  );

  for (const steps of [9, 18, 40, 100]) {
    test(`with gamma 0.5 the median error of ${steps} steps is below Heun's`, () => {
      const levels = continuousLevels(edm(), { steps, spacing: "karras", final: "zero" });
      const exact = probabilityFlow(mixture, x, levels[0], levels[steps - 1]);
      const median = (sampler: PlannedSampler, list: readonly Level[]): number => {
        const end = runPlanNumeric(sampler.plan(list), x, mixture).at(-1) as Float64Array;
        const errors = Array.from({ length: 64 }, (_, i) => {
          let sum = 0;
          for (let j = 0; j < dimension; j++) sum += (end[i * dimension + j] - exact[i * dimension + j]) ** 2;
          return Math.sqrt(sum / dimension);
        });
        return errors.toSorted((a, b) => a - b)[32];
      };
      expect(median(bdiaEdm(), levels)).toBeLessThan(median(heun(), levels));
    });
  }
});

describe("sliced Wasserstein distance", () => {
  test("of a shifted sample is the length of the shift over the root of the dimension", () => {
    const points = exactSample(BUMPS, key(1), 500);
    const shifted = points.map((v, i) => v + (i % 2 === 0 ? 3 : 4));
    expect(slicedWasserstein(points, points, 2, key(2))).toBe(0);
    expect(slicedWasserstein(points, shifted, 2, key(2), 4000)).toBeCloseTo(5 / Math.SQRT2, 1);
    expect(() => slicedWasserstein(points, flat([[1, 2]]), 2, key(2))).toThrow("the samples do not fit");
  });
});
