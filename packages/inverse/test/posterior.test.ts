/** Posterior sampling: every method of the registry, ensembles, and what happens when things go wrong. */
import * as inverse from "@ansatz/inverse/posterior";
import {
  afdps,
  daps,
  dps,
  energyLikelihood,
  gaussianLikelihood,
  gaussianMixturePrior,
  posteriorMoments,
  posteriorSamplers,
  sampleEnsembles,
  samplePosterior,
  type PosteriorProblem,
} from "@ansatz/inverse/posterior";
import { add, mul, slice, square, sub, sum, tensor, type Tensor } from "@ansatz/tensor";
import { inlineExecutor, type Executor } from "@ansatz/tensor/executor";
import { linearOperator, matrixOperator } from "@ansatz/tensor/linear";
import { key } from "@ansatz/tensor/random";
import { karrasSigmas, levelsFromSigmas } from "@ansatz/samplers";
import { describe, expect, test } from "vitest";
import { f64, read } from "./reader/common.ts";

const prior = gaussianMixturePrior({
  weights: [1],
  means: [[1, -1]],
  covariances: [
    [
      [0.5, 0.2],
      [0.2, 0.4],
    ],
  ],
});
const data = { matrix: [[1, 0.5]], data: [1.5], sigma: 0.4 };
const likelihood = gaussianLikelihood({ operator: matrixOperator(f64(data.matrix)), data: f64(data.data), sigma: 0.4 });
const levels = levelsFromSigmas([...karrasSigmas(60, 0.02, 5), 0]);
const start = { mean: f64(prior.mean), variance: f64(prior.covariance) };
const problem: PosteriorProblem = { denoiser: prior.denoiser, likelihood, levels, ...start };
const exact = prior.posterior(data);
/** The same likelihood by its energy. */
const energies = energyLikelihood({
  energy: (x: Tensor) => mul(square(sub(sum(mul(x, f64([1, 0.5])), { axis: 1 }), 1.5)), 1 / (2 * 0.16)),
  shape: [2],
  dtype: "f64",
  curvature: 1.25 / 0.16,
});

test("names are used once and name exported factories", () => {
  expect(new Set(posteriorSamplers.map(({ name }) => name)).size).toBe(posteriorSamplers.length);
  for (const { factory } of posteriorSamplers) expect(inverse).toHaveProperty(factory);
});

describe.each(posteriorSamplers)("$name", ({ create, exact: weighted, energies: general, gradients }) => {
  test("draws from the posterior of a normal prior", async () => {
    const result = await samplePosterior(create(), problem, { key: key(1), particles: 400 });
    expect(result.status).toBe("finished");
    expect(result.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    const { mean, variance } = posteriorMoments(result);
    const got = await read(mean);
    const spread = await read(variance);
    // Guided methods are only roughly right.
    const slack = weighted ? 0.12 : 0.6;
    for (const j of [0, 1]) {
      expect(Math.abs(got[j] - exact.mixture.mean[j])).toBeLessThan(slack);
      if (weighted) expect(Math.abs(spread[j] / exact.mixture.covariance[j][j] - 1)).toBeLessThan(0.35);
    }
    // Four standard deviations of the estimate.
    if (weighted) expect(Math.abs((result.logEvidence ?? NaN) - exact.logEvidence)).toBeLessThan(0.3);
    if (create().threshold === 0) expect(result.logEvidence).toBeUndefined();
  });

  test("the same key draws the same", async () => {
    const short = { ...problem, levels: levelsFromSigmas([3, 1, 0.3, 0]) };
    const draws = [];
    for (const seed of [3, 3, 4]) {
      const { value, weights } = await samplePosterior(create(), short, { key: key(seed), particles: 8 });
      draws.push([...(await read(value)), ...weights]);
    }
    expect(draws[1]).toEqual(draws[0]);
    expect(draws[2]).not.toEqual(draws[0]);
  });

  test("a denoiser that returns NaN collapses the ensemble, whose weights are then 0", async () => {
    const broken = { ...problem, denoiser: (x: Tensor, { sigma }: { sigma: number }) => mul(x, sigma < 1 ? NaN : 1) };
    const result = await samplePosterior(create(), broken, { key: key(1), particles: 5 });
    expect(result).toMatchObject({ status: "collapsed", logEvidence: undefined });
    expect(Array.from(result.weights)).toEqual([0, 0, 0, 0, 0]);
    expect((await read(result.value)).every(Number.isFinite)).toBe(true);
    expect(result.message).toMatch(/collapsed after \d+ steps?: no particle/);
  });

  test("stops when aborted", async () => {
    const result = await samplePosterior(create(), problem, { key: key(1), particles: 5, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ status: "aborted", iterations: 0 });
  });

  test.runIf(general)("takes a likelihood given by its energy", async () => {
    const sampler = create().name === "afdps" ? afdps() : create();
    const { value, weights, status } = await samplePosterior(
      sampler,
      { ...problem, likelihood: energies, levels: levelsFromSigmas([...karrasSigmas(20, 0.05, 2), 0]) },
      { key: key(2), particles: 300 },
    );
    expect(status).toBe("finished");
    const mean = await read(posteriorMoments({ value, weights }).mean);
    for (const j of [0, 1]) expect(Math.abs(mean[j] - exact.mixture.mean[j])).toBeLessThan(weighted ? 0.25 : 0.6);
  });

  test.runIf(gradients)("an asynchronous denoiser is refused: its gradient is needed", async () => {
    const later = async (x: Tensor): Promise<Tensor> => mul(x, 1);
    await expect(samplePosterior(create(), { ...problem, denoiser: later }, { key: key(1) })).rejects.toThrow(
      /denoiser must be synchronous/,
    );
  });
});

test("some lost particles are replaced by the heaviest and weigh nothing", async () => {
  let calls = 0;
  const sometimes = (x: Tensor): Tensor => {
    const lost = calls++ === 5 ? [NaN, 0, 0, 0] : [0, 0, 0, 0];
    return add(
      mul(x, 0.5),
      tensor(
        lost.flatMap((v) => [v, v]),
        { shape: [4, 2], dtype: "f64" },
      ),
    );
  };
  const result = await samplePosterior(
    afdps({ threshold: 0 }),
    { ...problem, denoiser: sometimes },
    { key: key(1), particles: 4 },
  );
  expect(result.status).toBe("finished");
  expect(result.diagnostics.lost).toBe(1);
  expect(result.weights[0]).toBe(0);
  expect((await read(result.value)).every(Number.isFinite)).toBe(true);
});

test("variance-preserving levels give the same particles as variance-exploding ones", async () => {
  const sigmas = [...karrasSigmas(12, 0.05, 5), 0];
  const draws = [];
  for (const family of ["ve", "vp"] as const) {
    const { value } = await samplePosterior(
      afdps(),
      { ...problem, levels: levelsFromSigmas(sigmas, { family }) },
      { key: key(5), particles: 20 },
    );
    draws.push(await read(value));
  }
  for (const [i, v] of draws[0].entries()) expect(draws[1][i]).toBeCloseTo(v, 9);
});

test("conjugate gradients give what eigenvalues give", async () => {
  // 300 data have no eigenvalues; the last 299 of them see nothing, and are 0.
  const wide = linearOperator({
    domain: [2],
    range: [300],
    dtype: "f64",
    apply: (x) =>
      mul(sum(mul(x, f64([1, 0.5]))), tensor([1, ...Array.from({ length: 299 }, () => 0)], { dtype: "f64" })),
    adjoint: (y) => mul(sum(slice(y, [[0, 1]])), f64([1, 0.5])),
  });
  const padded = tensor([1.5, ...Array.from({ length: 299 }, () => 0)], { dtype: "f64" });
  const many = gaussianLikelihood({ operator: wide, data: padded, sigma: 0.4 });
  const short = { ...problem, variance: 0.5, levels: levelsFromSigmas([5, 2, 0.5, 0.1, 0]) };
  const options = { key: key(6), particles: 300 };
  const few = await samplePosterior(afdps(), short, options);
  const more = await samplePosterior(afdps(), { ...short, likelihood: many }, options);
  expect(more.diagnostics.unsolved).toBe(0);
  expect(more.logEvidence).toBeUndefined();
  const [a, b] = [await read(posteriorMoments(few).mean), await read(posteriorMoments(more).mean)];
  for (const j of [0, 1]) expect(Math.abs(a[j] - b[j])).toBeLessThan(0.2);
});

describe("ensembles", () => {
  const options = { key: key(7), ensembles: 3, particles: 60 };
  const short = { ...problem, levels: levelsFromSigmas([...karrasSigmas(12, 0.02, 5), 0]) };

  test("an executor that runs them in another order gives the same", async () => {
    const backwards: Executor = {
      async map(task, inputs) {
        const results = [];
        for (const index of Array.from(inputs.keys()).reverse()) {
          const context = {
            index,
            key: (task.key as typeof options.key).fold(index),
            signal: new AbortController().signal,
          };
          results[index] = await task.run(inputs[index], context);
        }
        return results;
      },
    };
    const there = await sampleEnsembles(afdps(), short, { ...options, executor: inlineExecutor() });
    const back = await sampleEnsembles(afdps(), short, { ...options, executor: backwards });
    expect(await read(back.value)).toEqual(await read(there.value));
    expect(back.weights).toEqual(there.weights);
    expect(there.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(Math.abs((there.logEvidence ?? NaN) - exact.logEvidence)).toBeLessThan(0.5);
    expect(there.evidenceSpread).toBeGreaterThan(0);
  });

  test("collapsed ones weigh nothing, and all of them make a collapse", async () => {
    const broken = { ...problem, denoiser: (x: Tensor) => mul(x, NaN) };
    const result = await sampleEnsembles(daps({ solverSteps: 1 }), broken, options);
    expect(result.status).toBe("collapsed");
    expect(result.weights.every((w) => w === 0)).toBe(true);
  });
});

describe("wrong use", () => {
  const run = (changes: object, options: object = {}): Promise<unknown> =>
    samplePosterior(afdps(), { ...problem, ...changes } as never, { key: key(1), particles: 3, ...options });

  test("data that are not finite", async () => {
    const bad = gaussianLikelihood({ operator: likelihood.operator, data: f64([NaN]), sigma: 1 });
    await expect(run({ likelihood: bad })).rejects.toThrow(/data is not finite/);
  });
  test("levels that do not end clean", async () => {
    await expect(run({ levels: levelsFromSigmas([2, 1]) })).rejects.toThrow(/last level is not clean/);
  });
  test("a covariance of another size, or none", async () => {
    await expect(run({ variance: f64([[1]]) })).rejects.toThrow(/variance is no covariance/);
    await expect(
      run({
        variance: f64([
          [-1e3, 0],
          [0, 1],
        ]),
      }),
    ).rejects.toThrow(/not positive definite/);
  });
  test("a missing key and an unknown option", async () => {
    await expect(run({}, { key: 3 })).rejects.toThrow(/key is needed/);
    await expect(run({}, { steps: 3 })).rejects.toThrow(/steps/);
  });
  test("data of another shape and a sigma of 0", () => {
    const { operator } = likelihood;
    expect(() => gaussianLikelihood({ operator, data: f64([1, 2]), sigma: 1 })).toThrow(/data has another shape/);
    expect(() => gaussianLikelihood({ operator, data: f64([1]), sigma: 0 })).toThrow(/sigma is out of range/);
  });
  test("settings that exclude each other", async () => {
    expect(() => afdps({ proposal: "conjugate", noise: 0.5 })).toThrow(/noise must be 1/);
    await expect(
      samplePosterior(afdps({ target: "annealed" }), { ...problem, likelihood: energies }, { key: key(1) }),
    ).rejects.toThrow(/needs a gaussianLikelihood/);
    expect(() => dps({ zeta: 0 })).toThrow(/zeta is out of range/);
  });
  test("a fixed target with far too many steps", async () => {
    const sharp = gaussianLikelihood({ operator: likelihood.operator, data: f64([1]), sigma: 1e-4 });
    await expect(
      samplePosterior(
        afdps({ target: "fixed", proposal: "continuous" }),
        { ...problem, likelihood: sharp },
        { key: key(1) },
      ),
    ).rejects.toThrow(/needs too many steps/);
  });
  test("a denoiser whose result has another shape", async () => {
    await expect(run({ denoiser: (x: Tensor) => slice(x, [[0, 1]]) })).rejects.toThrow(/result of the denoiser/);
  });
});
