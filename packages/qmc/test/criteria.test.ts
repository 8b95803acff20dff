/** Stopping criteria: all of them meet their tolerance on one collection of problems, and report how they end. */
import {
  asianOption,
  boxIntegral,
  cubBayesLattice,
  cubBayesNet,
  cubQmcLattice,
  cubQmcNet,
  genz,
  halton,
  integrand,
  integrate,
  ishigami,
  iterateCubature,
  keister,
  lattice,
  mcClt,
  mcG,
  methods,
  mlmc,
  mlqmc,
  multilevelEuropean,
  repStudentT,
  sensitivityIndices,
  sobol,
  type Criterion,
  type Integrand,
} from "@ansatz/qmc";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { bayesColumn, bayesKernel } from "../src/criteria/bayes.ts";

const MAKERS: Record<string, (absoluteTolerance: number) => Criterion> = {
  cubQmcNet: (absoluteTolerance) => cubQmcNet({ absoluteTolerance }),
  cubQmcLattice: (absoluteTolerance) => cubQmcLattice({ absoluteTolerance }),
  cubBayesNet: (absoluteTolerance) => cubBayesNet({ absoluteTolerance }),
  cubBayesLattice: (absoluteTolerance) => cubBayesLattice({ absoluteTolerance }),
  repStudentT: (absoluteTolerance) => repStudentT({ absoluteTolerance }),
  mcClt: (absoluteTolerance) => mcClt({ absoluteTolerance: 10 * absoluteTolerance }),
  mcG: (absoluteTolerance) => mcG({ absoluteTolerance: 10 * absoluteTolerance }),
};

const PROBLEMS: Integrand[] = [
  keister({ dimension: 2 }),
  genz({ dimension: 3, kind: "oscillatory", coefficients: 1 }),
  boxIntegral({ dimension: 3, exponent: 1 }),
];

test("every criterion is tried", () => {
  const names = methods.filter(({ family }) => family === "criterion").map(({ factory }) => factory);
  const others = new Set(["integrate", "iterateCubature", "mlmc", "mlqmc"]);
  expect(new Set(Object.keys(MAKERS))).toEqual(new Set(names.filter((name) => !others.has(name))));
});

describe.each(Object.entries(MAKERS))("%s", (name, make) => {
  test.each(PROBLEMS.map((f) => [f.name, f] as const))("%s", async (_, f) => {
    const tolerance = 5e-3;
    for (const seed of [1, 2]) {
      const result = await integrate(make(tolerance), { integrand: f, key: key(seed) });
      expect(result.status).toBe("converged");
      const allowed = name.startsWith("mc") ? 10 * tolerance : tolerance;
      expect(Math.abs(result.value[0] - f.exact![0])).toBeLessThan(allowed);
      expect(result.cost.evaluations).toBe(result.evaluations);
      expect(result.history.at(-1)?.value).toEqual(result.value);
      expect(result.citations.length).toBeGreaterThan(0);
      // The same key gives the same answer.
      if (seed === 1) {
        const again = await integrate(make(tolerance), { integrand: f, key: key(seed) });
        expect(again.value).toEqual(result.value);
      }
    }
  });

  test("values that are not finite end the iteration with the point", async () => {
    const f = integrand({ dimension: 1, f: (x) => (x[0] > 0.9 ? Number.NaN : x[0]) });
    await expect(integrate(make(1e-2), { integrand: f, key: key(1) })).rejects.toThrow(
      /gave NaN \(output 0\) at the point u = \[0\.9/,
    );
    const result = await integrate(make(1e-2), { integrand: f, key: key(1) }, { throwOnFailure: false });
    expect(result.status).toBe("non-finite");
  });

  test("constants are exact at once, and errors of the function come through", async () => {
    const one = await integrate(make(1e-2), { integrand: integrand({ dimension: 2, f: () => 3 }), key: key(1) });
    expect(one.status).toBe("converged");
    expect(one.value[0]).toBeCloseTo(3, 10);
    const bad = integrand({
      dimension: 1,
      f: () => {
        throw new Error("broken");
      },
    });
    await expect(integrate(make(1e-2), { integrand: bad, key: key(1) })).rejects.toThrow(/failed at x = .*broken/);
  });
});

test("a negative integral stays negative", async () => {
  const f = genz({ dimension: 2, kind: "oscillatory", coefficients: 1 });
  for (const make of [cubBayesNet, cubBayesLattice]) {
    for (const rule of ["mle", "full", "gcv"] as const) {
      const { value } = await integrate(make({ absoluteTolerance: 1e-3, rule }), { integrand: f, key: key(3) });
      expect(Math.abs(value[0] - f.exact![0])).toBeLessThan(1e-3);
    }
  }
});

test("steps can be run by hand, watched and stopped", async () => {
  const criterion = cubQmcNet({ absoluteTolerance: 1e-4 });
  const problem = { integrand: keister({ dimension: 2 }), key: key(4) };
  const first = criterion.init(problem);
  expect(criterion.done(first)).toBe(false);
  const second = await criterion.step(first);
  expect(second.size).toBe(1024);
  expect(first.size).toBe(0);
  // A state can be continued twice: steps change nothing.
  expect((await criterion.step(second)).value).toEqual((await criterion.step(second)).value);
  const sizes: number[] = [];
  for await (const state of iterateCubature(criterion, problem)) sizes.push(state.size);
  expect(sizes.slice(0, 3)).toEqual([1024, 2048, 4096]);
  const seen: number[] = [];
  const result = await integrate(criterion, problem, { onProgress: ({ size }) => seen.push(size) });
  expect(seen).toEqual(sizes);
  expect(result.iterations).toBe(sizes.length);
  const controller = new AbortController();
  const run = integrate(criterion, problem, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("stop")),
  });
  await expect(run).rejects.toThrow("stop");
});

test("a budget that is too small is a status", async () => {
  for (const criterion of [
    cubQmcNet({ absoluteTolerance: 1e-9, maximumSize: 2048 }),
    cubQmcLattice({ absoluteTolerance: 1e-9, maximumSize: 2048 }),
    cubBayesNet({ absoluteTolerance: 1e-12, maximumSize: 512 }),
    repStudentT({ absoluteTolerance: 1e-9, maximumSize: 512 }),
    mcClt({ absoluteTolerance: 1e-6, maximumSize: 5000 }),
  ]) {
    const result = await integrate(criterion, { integrand: keister({ dimension: 3 }), key: key(5) });
    expect(result.status, criterion.name).toBe("max-points");
    expect(result.upper[0] - result.lower[0]).toBeGreaterThan(0);
    expect(result.message).toMatch(/largest number of points/);
  }
});

test("several outputs: finished ones are left out, both tolerances work", async () => {
  let second = 0;
  const f: Integrand = {
    name: "pair",
    dimension: 2,
    outputs: 2,
    evaluate(u, active) {
      const n = u.length / 2;
      if (active?.[1]) second += n;
      return Float64Array.from({ length: 2 * n }, (_, k) => {
        const [i, output] = [k >> 1, k % 2];
        return output === 0 ? Math.cos(40 * u[2 * i]) * Math.abs(u[2 * i + 1] - 0.3) : u[2 * i];
      });
    },
  };
  const result = await integrate(cubQmcNet({ absoluteTolerance: 2e-5 }), { integrand: f, key: key(6) });
  expect(result.finished).toEqual([true, true]);
  expect(result.size).toBeGreaterThan(1024);
  expect(second).toBeLessThan(result.evaluations);
  expect(Math.abs(result.value[1] - 0.5)).toBeLessThan(2e-5);
  const relative = await integrate(cubQmcNet({ absoluteTolerance: 1, relativeTolerance: 1e-4, mode: "both" }), {
    integrand: keister({ dimension: 2 }),
    key: key(7),
  });
  expect(relative.upper[0] - relative.lower[0]).toBeLessThan(4e-4 * relative.value[0]);
});

test("control variates with known integrals save points and keep the answer", async () => {
  const price = asianOption({ dimension: 8, start: 30, strike: 30, volatility: 0.5 });
  const geometric = asianOption({ dimension: 8, start: 30, strike: 30, volatility: 0.5, mean: "geometric" });
  const controlVariates = { integrand: geometric, means: geometric.exact! };
  const problem = { integrand: price, key: key(8) };
  const plain = await integrate(cubQmcNet({ absoluteTolerance: 1e-3 }), problem);
  const helped = await integrate(cubQmcNet({ absoluteTolerance: 1e-3, controlVariates }), problem);
  expect(helped.size).toBeLessThan(plain.size);
  expect(Math.abs(helped.value[0] - plain.value[0])).toBeLessThan(2e-3);
  const onLattice = await integrate(cubQmcLattice({ absoluteTolerance: 1e-3, controlVariates }), problem);
  expect(Math.abs(onLattice.value[0] - plain.value[0])).toBeLessThan(2e-3);
  // The integrand itself as control leaves nothing to integrate.
  const itself = await integrate(cubQmcNet({ absoluteTolerance: 1e-10, controlVariates }), {
    integrand: geometric,
    key: key(9),
  });
  expect(Math.abs(itself.value[0] - geometric.exact![0])).toBeLessThan(1e-10);
});

test("sensitivity indices by combined bounds", async () => {
  const f = ishigami();
  const { integrand: g, combined } = sensitivityIndices({ of: f });
  const result = await integrate(cubQmcNet({ absoluteTolerance: 0.02 }), { integrand: g, combined, key: key(10) });
  expect(result.status).toBe("converged");
  [...f.closed, ...f.total].forEach((expected, k) => {
    expect(Math.abs(result.value[k] - expected)).toBeLessThan(0.02);
  });
});

test("replications of every sequence", async () => {
  const f = keister({ dimension: 2 });
  for (const points of [
    (dimension: number, k: ReturnType<typeof key>, replications: number) =>
      sobol({ dimension, key: k, replications, scramble: "nus", cell: "centre" }),
    (dimension: number, k: ReturnType<typeof key>, replications: number) =>
      lattice({ dimension, key: k, replications }),
    (dimension: number, k: ReturnType<typeof key>, replications: number) => halton({ dimension, key: k, replications }),
  ]) {
    const result = await integrate(repStudentT({ absoluteTolerance: 1e-2, points }), { integrand: f, key: key(11) });
    expect(result.status).toBe("converged");
    expect(Math.abs(result.value[0] - f.exact![0])).toBeLessThan(1e-2);
  }
});

test("the cone check warns about integrands outside the cone", async () => {
  // Walsh functions 8 and 264 look alike on 256 points: the block of 8 seems twice as heavy as 512 points show it to be.
  const digit = (x: number, k: number): number => (Math.floor(x * 2 ** k) % 2 === 0 ? 1 : -1);
  const spike = integrand({ dimension: 1, f: (x) => digit(x[0], 4) * (1 + digit(x[0], 9)) });
  const options = { absoluteTolerance: 1e-9, checkCone: true, initialSize: 256, maximumSize: 8192 };
  const net = (dimension: number) => sobol({ dimension, cell: "centre" });
  const result = await integrate(cubQmcNet({ ...options, points: net }), { integrand: spike, key: key(1) });
  const fine = await integrate(cubQmcNet(options), { integrand: keister({ dimension: 1 }), key: key(1) });
  expect(result.warnings.length).toBeGreaterThan(0);
  expect(fine.warnings).toEqual([]);
});

test("columns of Bayesian cubature are exact where C - 1 is tiny", () => {
  // theta = 2^-20: kernel values are (1 - 3 * 2^-b) / 10 with exact powers of two, so the sum is rational.
  const [n, d, bits] = [256, 2, 40n];
  const points = sobol({ dimension: d });
  const column = bayesColumn(bayesKernel(points, n, 1), d, 2 ** -20);
  const { hi } = points.words(0, n);
  const one = 10n << (bits + 20n);
  let sum = 0n;
  for (let i = 0; i < n; i++) {
    let product = 1n;
    for (let j = 0; j < d; j++) {
      const zeros = Math.clz32(hi[i * d + j]);
      product *= one + (1n << bits) - (zeros === 32 ? 0n : 3n * (1n << (bits - BigInt(zeros + 1))));
    }
    sum += product - one * one;
  }
  const exact = Number(sum) / Number(one) / Number(one);
  const got = column.reduce((a, b) => a + b, 0);
  expect(Math.abs(got / exact - 1)).toBeLessThan(1e-8);
  // C - 1 from a rounded C is off by more.
  const rounded = column.reduce((a, b) => a + (1 + b - 1), 0);
  expect(Math.abs(rounded / exact - 1)).toBeGreaterThan(1e-6);
});

test("multilevel methods price an option", async () => {
  const levels = multilevelEuropean({ rate: 0.05 });
  for (const seed of [1, 2]) {
    const net = await mlqmc(levels, { key: key(seed), absoluteTolerance: 0.05, replications: 8 });
    expect(net.status).toBe("converged");
    expect(Math.abs(net.value - levels.exact!)).toBeLessThan(0.05);
    expect(net.levels.length).toBeGreaterThanOrEqual(3);
    const plain = await mlmc(levels, { key: key(seed), absoluteTolerance: 0.2 });
    expect(plain.status).toBe("converged");
    expect(Math.abs(plain.value - levels.exact!)).toBeLessThan(0.2);
    // Coarse levels take most of the points.
    expect(plain.levels[0].size).toBeGreaterThan(plain.levels[2].size);
  }
  const poor = await mlmc(levels, { key: key(1), absoluteTolerance: 1e-3, maximumEvaluations: 10_000 });
  expect(poor.status).toBe("max-points");
  const coarse = await mlqmc(levels, {
    key: key(1),
    absoluteTolerance: 0.05,
    lastLevel: 2,
    firstLevel: 1,
    replications: 4,
  });
  expect(["max-levels", "converged"]).toContain(coarse.status);
});

const f1 = keister({ dimension: 1 });
test.each<[() => unknown, RegExp]>([
  [() => cubQmcNet({ absoluteTolerance: 0 }), /tolerance is 0/],
  [() => cubQmcNet({ absoluteTolerance: -1 }), /absoluteTolerance is out of range/],
  [() => cubQmcNet({ mode: "both" }), /tolerance is 0/],
  [() => cubQmcNet({ mode: "any" as never }), /unknown mode/],
  [() => cubQmcNet({ initialSize: 1000 }), /initialSize must be a power of two \(got 1000/],
  [() => cubQmcNet({ initialSize: 128 }), /initialSize is out of range \(got 128/],
  [() => cubQmcNet({ tolerance: 1 } as never), /unknown option/],
  [() => cubQmcNet({ controlVariates: { integrand: f1, means: [] } }), /control variates need their integrals/],
  [() => cubQmcLattice({ periodization: "c9" as never }), /unknown transform/],
  [
    () =>
      cubQmcNet({ points: (dimension, k) => sobol({ dimension, key: k, scramble: "nus" }) }).init({
        integrand: f1,
        key: key(1),
      }),
    /points do not fit .*no nested scrambling/,
  ],
  [
    () => cubBayesNet({ points: () => sobol({ dimension: 2 }) }).init({ integrand: f1, key: key(1) }),
    /points do not fit/,
  ],
  [() => cubBayesLattice({ order: 3 as never }), /order is out of range/],
  [() => cubBayesNet({ rule: "map" as never }), /unknown rule/],
  [() => cubBayesNet({ alpha: 1 }), /alpha is out of range/],
  [() => repStudentT({ replications: 1 }), /replications is out of range/],
  [
    () => repStudentT({ points: (dimension) => sobol({ dimension }) }).init({ integrand: f1, key: key(1) }),
    /points do not fit/,
  ],
  [() => mcClt({ inflate: 1 }), /inflate is out of range/],
  [
    () => mcClt().init({ integrand: f1, key: key(1), combined: sensitivityIndices({ of: ishigami() }).combined }),
    /not supported/,
  ],
])("%s", (make, message) => {
  expect(make).toThrow(message);
});

test("wrong options of multilevel methods reject", async () => {
  const levels = multilevelEuropean();
  await expect(mlmc(levels, { key: key(1), lastLevel: 1 })).rejects.toThrow(/lastLevel is out of range/);
  await expect(mlqmc(levels, { key: key(1), replications: 1 })).rejects.toThrow(/replications is out of range/);
  await expect(mlmc(levels, { key: key(1), replications: 4 })).rejects.toThrow(/unknown option/);
});
