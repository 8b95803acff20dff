/** Integrands: their integrals, their forms, their errors. */
import {
  asianOption,
  boxIntegral,
  cubQmcNet,
  europeanOption,
  gaussian,
  genz,
  integrand,
  integrate,
  ishigami,
  keister,
  kumaraswamy,
  multilevelEuropean,
  normalCdf,
  normalQuantile,
  sensitivityIndices,
  sobol,
  sobolG,
  uniformMeasure,
  type Integrand,
} from "@ansatz/qmc";
import { astype, greater, sum as total } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

async function means(f: Integrand, n: number, seed = 4): Promise<Float64Array> {
  const u = sobol({ dimension: f.dimension, key: key(seed), cell: "centre" }).array(0, n) as Float64Array;
  const values = await f.evaluate(u);
  const out = new Float64Array(f.outputs);
  values.forEach((value, i) => (out[i % f.outputs] += value / n));
  return out;
}

describe("means of nets are the integrals", () => {
  test.each<[Integrand, number]>([
    ...[1, 2, 4].map((dimension): [Integrand, number] => [keister({ dimension }), 2e-3 * dimension]),
    ...([1, 2, 3] as const).flatMap((coefficients) =>
      (["oscillatory", "corner-peak"] as const).map((kind): [Integrand, number] => [
        genz({ dimension: 3, kind, coefficients }),
        2e-4,
      ]),
    ),
    ...[-1, -0.5, 0, 0.7, 1, 2].map((exponent): [Integrand, number] => [boxIntegral({ dimension: 4, exponent }), 1e-3]),
    [ishigami(), 1e-2],
    [sobolG({ a: [0, 1, 3] }), 1e-3],
    [europeanOption({ strike: 90, rate: 0.03, dimension: 4 }), 2e-2],
    [europeanOption({ strike: 110, right: "put", construction: "bridge" }), 2e-2],
    [asianOption({ mean: "geometric", dimension: 8, rate: 0.05 }), 2e-2],
    [asianOption({ mean: "geometric", dimension: 8, rule: "right", right: "put" }), 2e-2],
  ])("%#", async (f, tolerance) => {
    const got = await means(f, 4096);
    expect(Math.abs(got[0] - f.exact![0]), f.name).toBeLessThan(tolerance);
  });
});

test("levels of a multilevel integrand add up", async () => {
  const levels = multilevelEuropean({ rate: 0.05 });
  let total = 0;
  const sizes: number[] = [];
  for (let l = 0; l <= 5; l++) {
    const { integrand: f, cost } = levels.level(l);
    expect(f.dimension).toBe(2 ** l);
    expect(cost).toBe(2 ** l);
    const [mean] = await means(f, 2048);
    sizes.push(Math.abs(mean));
    total += mean;
  }
  expect(Math.abs(total - levels.exact!)).toBeLessThan(0.05);
  expect(sizes[5]).toBeLessThan(sizes[1] / 4);
});

test("sensitivity indices of known functions", async () => {
  for (const f of [ishigami(), sobolG({ a: [0, 1, 4.5, 9] })]) {
    const { integrand: g, combined } = sensitivityIndices({ of: f });
    const got = combined.value(await means(g, 2 ** 14));
    [...f.closed, ...f.total].forEach((expected, k) => {
      expect(Math.abs(got[k] - expected), `${f.name} ${combined.names[k]}`).toBeLessThan(0.02);
    });
  }
  const { combined } = sensitivityIndices({ of: ishigami(), sets: [[0, 2]] });
  expect(combined.names).toEqual(["closed 0,2", "total 0,2"]);
  const { low, high } = combined.bounds([1, 1, 0, 2], [2, 3, 1, 4]);
  // Variance in [2 - 1, 4 - 0].
  expect([low[0], high[0], low[1], high[1]]).toEqual([0.25, 1, 0.25, 1]);
  expect(combined.bounds([1, 1, 0, 0], [2, 3, 1, 4]).high[0]).toBe(1);
});

test("functions of points and of tensors agree, with measures and several values", async () => {
  const measure = uniformMeasure({ lower: [0, 1], upper: [2, 3] });
  const each = integrand({ dimension: 2, measure, f: (x) => x[0] + x[1] });
  const batched = integrand({ dimension: 2, measure, batched: (x) => total(x, { axis: 1 }) });
  const u = Float64Array.of(0.1, 0.2, 0.3, 0.4);
  expect(Array.from(await batched.evaluate(u))).toEqual(Array.from(await each.evaluate(u)));
  const pair = integrand({ dimension: 1, outputs: 2, f: (x) => [x[0], 2 * x[0]], exact: [0.5, 1] });
  expect(Array.from(await pair.evaluate(Float64Array.of(0.5, 0.25)))).toEqual([0.5, 1, 0.25, 0.5]);
  const whole = integrand({ dimension: 2, outputs: 2, batched: (x) => x });
  expect(Array.from(await whole.evaluate(u))).toEqual(Array.from(u));
});

test("importance sampling: by functions of points and of tensors, adaptively", async () => {
  // P(z > 3) under the normal distribution, with points around 3 of a composed transform.
  const measure = gaussian({ dimension: 1 });
  const samplers = [kumaraswamy({ a: 1, b: 1 }), gaussian({ mean: [3] })];
  const exact = [1 - normalCdf(3)];
  const tail = (x: number): number => (x > 3 ? 1 : 0);
  const each = integrand({ dimension: 1, measure, samplers, f: (x) => tail(x[0]), exact });
  const u = Float64Array.of(0.2, 0.6, 0.9);
  const z = Array.from(u, normalQuantile);
  const expected = z.map((v) => tail(3 + v) * Math.exp(-3 * v - 4.5));
  (await each.evaluate(u)).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 12));
  const batched = integrand({ dimension: 1, measure, samplers, batched: (x) => astype(greater(x, 3), "f64") });
  expect(Array.from(await batched.evaluate(u))).toEqual(Array.from(await each.evaluate(u)));
  const { value, status } = await integrate(cubQmcNet({ absoluteTolerance: 2e-6 }), { integrand: each, key: key(5) });
  expect(status).toBe("converged");
  expect(Math.abs(value[0] - exact[0])).toBeLessThan(2e-6);

  // Outside of the support of the measure the function may be anything.
  const inside = integrand({ dimension: 1, samplers: [gaussian({ mean: [0.5] })], f: ([x]) => Math.sqrt(x * (1 - x)) });
  const half = await means(inside, 2 ** 14);
  expect(Math.abs(half[0] - Math.PI / 8)).toBeLessThan(2e-3);
});

const one = Float64Array.of(0.5);
test.each<[() => unknown, RegExp]>([
  [() => integrand({ dimension: 1 }), /got neither f and batched/],
  [() => integrand({ dimension: 1, f: () => 1, batched: (x) => x }), /got both/],
  [() => integrand({ dimension: 2, f: () => 1, measure: uniformMeasure({}) }), /measure has another dimension/],
  [
    () => integrand({ dimension: 2, f: () => 1, samplers: [uniformMeasure({})] }),
    /sampler has another dimension \(got 1/,
  ],
  [() => integrand({ dimension: 2, f: () => 1, exact: [1, 2] }), /exact has the wrong length/],
  [() => integrand({ dimension: 1, f: () => [1, 2] }).evaluate(one), /another number of values \(got 2, expected 1/],
  [() => integrand({ dimension: 1, outputs: 2, f: () => 1 }).evaluate(one), /got 1, expected 2/],
  [
    () =>
      integrand({
        dimension: 1,
        name: "mine",
        f: () => {
          throw new Error("no");
        },
      }).evaluate(one),
    /mine: the function failed at x = \[0.5\] \(no\)/,
  ],
  [() => keister({ dimension: 0 }), /dimension is out of range/],
  [() => genz({ dimension: 1, kind: "gaussian" as never, coefficients: 1 }), /unknown kind/],
  [() => genz({ dimension: 1, kind: "oscillatory", coefficients: 4 as never }), /unknown coefficients/],
  [() => boxIntegral({ dimension: 2, exponent: -2 }), /integral is infinite/],
  [() => boxIntegral({ dimension: 2, exponent: 3 }), /exponent is out of range/],
  [() => sobolG({ a: [-1] }), /a coefficient is out of range/],
  [() => europeanOption({ volatility: 0 }), /volatility is out of range/],
  [() => asianOption({ mean: "harmonic" as never }), /unknown mean/],
  [() => multilevelEuropean().level(21), /a level is out of range/],
  [() => sensitivityIndices({ of: ishigami(), sets: [[0, 1, 2]] }), /size of a set is out of range/],
  [() => sensitivityIndices({ of: ishigami(), sets: [[3]] }), /a coordinate is out of range/],
])("%s", (make, message) => {
  expect(make).toThrow(message);
});

test("tensors of another shape are refused", async () => {
  const wrong = integrand({ dimension: 1, batched: (x) => total(x) });
  await expect(wrong.evaluate(Float64Array.of(0.1, 0.2))).rejects.toThrow(
    /batched gave no fitting tensor .*expected shape \[2\]/,
  );
});
