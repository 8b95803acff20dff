/** SLIM-KL on a signal of two tones: sparse weights, forecasts, agents that share weights. */
import {
  fusePredictions,
  gsmpGrid,
  gsmpKernel,
  noiseVariance,
  quantize,
  slimKl,
  slimKlAgent,
  type SlimKlAgent,
} from "@ansatz/qmc";
import { inlineExecutor, type Executor } from "@ansatz/tensor/executor";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const [N, AHEAD, A] = [120, 40, 100];
const truth = (x: number): number => Math.sin(2 * Math.PI * 0.05 * x) + 0.6 * Math.cos(2 * Math.PI * 0.12 * x);
const noise = normal(key(17), [N], { dtype: "f64", device: "cpu" }).dataSync();
const xs = Array.from({ length: N }, (_, i) => [i]);
const ys = xs.map(([x], i) => truth(x) + 0.1 * noise[i]);
const future = Array.from({ length: AHEAD }, (_, i) => [N + i]);
const kernel = gsmpGrid({ dimension: 1, components: A });
const variance = noiseVariance(ys);
const agentOf = (members: (i: number) => boolean): SlimKlAgent =>
  slimKlAgent({
    kernel,
    inputs: xs.filter((_, i) => members(i)),
    targets: ys.filter((_, i) => members(i)),
    noise: variance,
  });
const whole = agentOf(() => true);
const errorOf = (mean: Float64Array): number =>
  mean.reduce((sum, value, i) => sum + (value - truth(future[i][0])) ** 2 / AHEAD, 0);

test("the noise variance is about right", () => {
  expect(variance).toBeGreaterThan(0.003);
  expect(variance).toBeLessThan(0.03);
});

describe("one agent", () => {
  test("closed-form steps never raise the objective, and find the two tones", () => {
    let z = new Float64Array(A).fill(0.2) as Float64Array;
    let last = whole.objective(z);
    for (let step = 0; step < 80; step++) {
      z = whole.mmStep(z);
      const now = whole.objective(z);
      expect(now).toBeLessThanOrEqual(last + 1e-9 * Math.abs(last));
      last = now;
    }
    const kept = Array.from(z, (value, q) => [q, value])
      .filter(([, value]) => value > 1e-3)
      .map(([q]) => q);
    expect(kept.length).toBeLessThanOrEqual(5);
    for (const tone of [0.05, 0.12]) {
      expect(kept.some((q) => Math.abs((q * 0.5) / (A - 1) - tone) < 0.006)).toBe(true);
    }
    expect(errorOf(whole.predict(z, future).mean)).toBeLessThan(0.02);
  });

  test("convex blocks reach a lower or equal objective in a few steps", () => {
    const blocks = Array.from({ length: 4 }, (_, b) => Array.from({ length: A / 4 }, (_, i) => (b * A) / 4 + i));
    let z = new Float64Array(A).fill(0.2) as Float64Array;
    for (let step = 0; step < 12; step++) z = whole.scaStep(z, blocks);
    let m = new Float64Array(A).fill(0.2) as Float64Array;
    for (let step = 0; step < 80; step++) m = whole.mmStep(m);
    expect(whole.objective(z)).toBeLessThan(whole.objective(m) + 0.1);
    expect(z.filter((value) => value > 1e-3).length).toBeLessThanOrEqual(5);
    expect(errorOf(whole.predict(z, future).mean)).toBeLessThan(0.02);
  });

  test("derivatives are those of the objective", () => {
    const z = Float64Array.from({ length: A }, (_, q) => 0.01 + 0.02 * (q % 5));
    const { g, a } = whole.derivatives(z);
    for (const q of [0, 10, 24, 99]) {
      const h = 1e-5;
      const at = (s: number): number => whole.objective(z.map((value, k) => (k === q ? value + s : value)));
      expect(Math.abs((at(h) - at(-h)) / (2 * h) - (g[q] - a[q]))).toBeLessThan(1e-3 * (1 + g[q] + a[q]));
    }
  });
});

describe("several agents", () => {
  test.each([2, 4])("%i agents forecast as well as one", async (count) => {
    const agents = Array.from({ length: count }, (_, j) => agentOf((i) => i % count === j));
    const { weights } = await slimKl({ agents, localSteps: 5, rounds: 30 });
    expect(errorOf(whole.predict(weights, future).mean)).toBeLessThan(0.02);
  });

  test("rounded messages cost little of the forecast and save most of the bits", async () => {
    const agents = Array.from({ length: 2 }, (_, j) => agentOf((i) => i % 2 === j));
    const options = { agents, localSteps: 5, rounds: 30 };
    const plain = await slimKl(options);
    const errors: number[] = [];
    for (const seed of [3, 4, 5]) {
      const rounded = await slimKl({ ...options, quantum: 0.01, key: key(seed) });
      errors.push(errorOf(whole.predict(rounded.weights, future).mean));
      expect(rounded.cost.bits / rounded.iterations).toBeLessThan(plain.cost.bits / plain.iterations / 5);
    }
    errors.sort((a, b) => a - b);
    expect(errors[1]).toBeLessThan(1.3 * errorOf(whole.predict(plain.weights, future).mean));
  });

  test("the work of a round goes through an executor, the rounds can be watched and stopped", async () => {
    const agents = [agentOf((i) => i < 20), agentOf((i) => i >= 20 && i < 40)];
    let tasks = 0;
    const executor: Executor = {
      map(task, inputs, options) {
        tasks += inputs.length;
        expect(task.name).toBe("qmc/slim-kl");
        return inlineExecutor().map(task, inputs, options);
      },
    };
    const seen: number[] = [];
    const far = await slimKl({ agents, rounds: 3, executor, onProgress: ({ round }) => seen.push(round) });
    const near = await slimKl({ agents, rounds: 3 });
    expect(far.weights).toEqual(near.weights);
    expect([tasks, seen]).toEqual([6, [1, 2, 3]]);
    expect(far.status).toBe("max-rounds");
    const controller = new AbortController();
    const run = slimKl({ agents, signal: controller.signal, onProgress: () => controller.abort(new Error("halt")) });
    await expect(run).rejects.toThrow("halt");
    const convex = await slimKl({ agents, rounds: 2, method: "sca", blocks: 5 });
    expect(convex.weights.every((value) => value >= 0)).toBe(true);
  });
});

test("rounding is unbiased, and predictions are weighted by precision", () => {
  const u = Float64Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);
  const mean = quantize(new Float64Array(1000).fill(0.123), 0.05, u).reduce((a, b) => a + b) / 1000;
  expect(Math.abs(mean - 0.123)).toBeLessThan(1e-4);
  const one = { mean: Float64Array.of(1), variance: Float64Array.of(1) };
  const three = { mean: Float64Array.of(3), variance: Float64Array.of(0.25) };
  const fused = fusePredictions([one, three]);
  expect(fused.mean[0]).toBeCloseTo(2.6, 14);
  expect(fused.variance[0]).toBeCloseTo(0.4, 14);
});

const small = gsmpKernel({ frequencies: [[0.1]], deviations: [[0]] });
test.each<[() => unknown, RegExp]>([
  [() => gsmpGrid({ dimension: 0 }), /dimension is out of range/],
  [() => gsmpGrid({ dimension: 1, components: 0 }), /components is out of range/],
  [() => gsmpKernel({ frequencies: [[1]], deviations: [] }), /do not fit/],
  [() => gsmpKernel({ frequencies: [[1]], deviations: [[-1]] }), /a deviation is out of range/],
  [() => small.between([[1, 2]], [[1]]), /a point has the wrong length \(got 2, expected 1/],
  [() => slimKlAgent({ kernel: small, inputs: [], targets: [], noise: 1 }), /agent has no data/],
  [() => slimKlAgent({ kernel: small, inputs: [[1]], targets: [1], noise: 0 }), /noise is out of range/],
  [() => slimKlAgent({ kernel: small, inputs: [[1]], targets: [Number.NaN], noise: 1 }), /targets is not finite/],
  [() => slimKlAgent({ kernel: small, inputs: [[1]], targets: [1], noise: 1 }).objective([-1]), /a weight is negative/],
  [
    () => slimKlAgent({ kernel: small, inputs: [[1]], targets: [1], noise: 1 }).objective([1, 2]),
    /weights has the wrong length/,
  ],
  [() => noiseVariance([1, 2, 3]), /too few numbers/],
  [() => quantize([1], 0, [0.5]), /quantum is out of range/],
  [() => quantize([1], 1, []), /lists differ in length/],
  [() => fusePredictions([]), /no experts/],
])("%s", (make, message) => {
  expect(make).toThrow(message);
});

test("wrong options of the consensus reject", async () => {
  const agent = slimKlAgent({ kernel: small, inputs: [[1]], targets: [1], noise: 1 });
  await expect(slimKl({ agents: [] })).rejects.toThrow(/no agents/);
  await expect(slimKl({ agents: [agent, whole] })).rejects.toThrow(/different kernels \(got 1, 100/);
  await expect(slimKl({ agents: [agent], blocks: 1, quantum: 0.1 })).rejects.toThrow(/rounding needs a key/);
  await expect(slimKl({ agents: [agent], blocks: 1, key: key(1) })).rejects.toThrow(/a key is of no use/);
  await expect(slimKl({ agents: [agent], blocks: 1, rho: 0 })).rejects.toThrow(/rho is out of range/);
});
