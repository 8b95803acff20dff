/**
 * Scheduler classes of diffusers without recorded end points, against the recurrences of their papers written out on
 * y = x/alpha and sigma/alpha, or with (alpha, sigma, lambda): nothing here uses the package's own solvers.
 */
import { describe, expect, test } from "vitest";
import { mul, tanh, tensor, type Tensor } from "@ansatz/tensor";
import {
  fromDiffusersConfig,
  runPlanNumeric,
  sample,
  type DiffusersConfig,
  type DiffusersSampler,
  type Level,
} from "@ansatz/samplers";
import { mixtureModel } from "@ansatz/samplers/problems";
import { BUMPS, BUMPS_START, flat, maxDifference, read, rows } from "./support.ts";

type Numbers = Float64Array;

const model = mixtureModel(BUMPS);
const start = flat(BUMPS_START);
const scaled = { beta_schedule: "scaled_linear", beta_start: 0.00085, beta_end: 0.012 };

const make = (className: string, config: DiffusersConfig, steps: number): DiffusersSampler =>
  fromDiffusersConfig({ _class_name: className, ...config }, { steps });

const noiseAt = (step: number, size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => Math.cos(5 * step + 2 * i));

function endOf({ sampler, levels, schedule }: DiffusersSampler): Numbers {
  return runPlanNumeric(sampler.plan(levels, { schedule }), start, model, { noise: noiseAt }).at(-1) as Numbers;
}

const ratio = ({ alpha, sigma }: Level): number => sigma / alpha;

/** Linear combination. */
const mix = (...terms: readonly (readonly [number, Numbers])[]): Numbers =>
  terms[0][1].map((_, i) => terms.reduce((sum, [c, v]) => sum + c * v[i], 0));

/** The noise predicted at y = x/alpha. */
const noiseOf = (y: Numbers, level: Level): Numbers => model(mix([level.alpha, y]), level, "epsilon");

const SIGMAS: readonly DiffusersConfig[] = [scaled, { ...scaled, use_karras_sigmas: true }];

describe("in sigma space", () => {
  test("Heun: the mean of the slopes at both ends, an Euler step to sigma 0", () => {
    for (const config of SIGMAS) {
      const made = make("HeunDiscreteScheduler", config, 7);
      let y = mix([1 / made.levels[0].alpha, start]);
      for (let i = 0; i < 7; i++) {
        const [from, to] = [made.levels[i], made.levels[i + 1]];
        const dt = ratio(to) - ratio(from);
        const d = noiseOf(y, from);
        const guess = mix([1, y], [dt, d]);
        y = to.sigma === 0 ? guess : mix([1, y], [dt / 2, d], [dt / 2, noiseOf(guess, to)]);
      }
      expect(made.levels[7].sigma).toBe(0);
      expect(maxDifference(endOf(made), y)).toBeLessThan(1e-11);
    }
  });

  test("LMS: the polynomial through the last four slopes, integrated by Simpson's rule, which is exact for cubics", () => {
    for (const config of SIGMAS) {
      const made = make("LMSDiscreteScheduler", config, 9);
      const u = made.levels.map(ratio);
      let y = mix([1 / made.levels[0].alpha, start]);
      const slopes: Numbers[] = [];
      for (let i = 0; i < 9; i++) {
        slopes.unshift(noiseOf(y, made.levels[i]));
        const nodes = Array.from({ length: Math.min(i + 1, 4) }, (_, j) => u[i - j]);
        const basis = (t: number, j: number): number =>
          nodes.reduce((p, node, k) => (k === j ? p : (p * (t - node)) / (nodes[j] - node)), 1);
        const [a, b] = [u[i], u[i + 1]];
        const weight = (j: number): number => ((b - a) / 6) * (basis(a, j) + 4 * basis((a + b) / 2, j) + basis(b, j));
        y = mix([1, y], ...nodes.map((_, j) => [weight(j), slopes[j]] as const));
      }
      expect(maxDifference(endOf(made), y)).toBeLessThan(1e-10);
    }
  });

  test("Euler ancestral: down to what leaves room for fresh noise", () => {
    const made = make("EulerAncestralDiscreteScheduler", scaled, 8);
    let y = mix([1 / made.levels[0].alpha, start]);
    for (let i = 0; i < 8; i++) {
      const [from, to] = [ratio(made.levels[i]), ratio(made.levels[i + 1])];
      const up = Math.sqrt((to ** 2 * (from ** 2 - to ** 2)) / from ** 2);
      const down = Math.sqrt(to ** 2 - up ** 2);
      y = mix([1, y], [down - from, noiseOf(y, made.levels[i])], [up, noiseAt(i, y.length)]);
    }
    expect(maxDifference(endOf(made), y)).toBeLessThan(1e-11);
  });

  test("DEIS of order 3: the parabola in log sigma through three slopes, integrated by fine trapezia", () => {
    const made = make("DEISMultistepScheduler", { ...scaled, solver_order: 3, lower_order_final: false }, 8);
    const u = made.levels.map(ratio);
    let y = mix([1 / made.levels[0].alpha, start]);
    const slopes: Numbers[] = [];
    for (let i = 0; i < 8; i++) {
      slopes.unshift(noiseOf(y, made.levels[i]));
      const nodes = Array.from({ length: Math.min(i + 1, 3) }, (_, j) => Math.log(u[i - j]));
      const basis = (t: number, j: number): number =>
        nodes.reduce((p, node, k) => (k === j ? p : (p * (Math.log(t) - node)) / (nodes[j] - node)), 1);
      const pieces = 4000;
      const at = (k: number): number => u[i] + ((u[i + 1] - u[i]) * k) / pieces;
      const weights = nodes.map((_, j) => {
        let sum = (basis(at(0), j) + basis(at(pieces), j)) / 2;
        for (let k = 1; k < pieces; k++) sum += basis(at(k), j);
        return (sum * (u[i + 1] - u[i])) / pieces;
      });
      y = mix([1, y], ...weights.map((w, j) => [w, slopes[j]] as const));
    }
    expect(maxDifference(endOf(made), mix([made.levels[8].alpha, y]))).toBeLessThan(1e-5);
  });
});

describe("singlestep DPM-Solver++", () => {
  /** One group of one, two or three levels, from its first to the level after its last. */
  function group(x: Numbers, levels: readonly Level[], heun: boolean): Numbers {
    const lambda = (l: Level): number => Math.log(l.alpha / l.sigma);
    const [first, inner, second] = levels;
    const to = levels[levels.length - 1];
    const x0 = (at: Numbers, level: Level): Numbers => model(at, level, "x0");
    const m0 = x0(x, first);
    if (to.sigma === 0) return m0;
    const h = lambda(to) - lambda(first);
    const [p1, p2] = [Math.expm1(-h), Math.expm1(-h) / h + 1];
    const base = [
      [to.sigma / first.sigma, x],
      [-to.alpha * p1, m0],
    ] as const;
    if (levels.length === 2) return mix(...base);
    const m1 = x0(group(x, [first, inner], heun), inner);
    const r0 = (lambda(inner) - lambda(first)) / h;
    const d1 = mix([1 / r0, m1], [-1 / r0, m0]);
    if (levels.length === 3) return mix(...base, [heun ? to.alpha * p2 : (-to.alpha * p1) / 2, d1]);
    const m2 = x0(group(x, [first, inner, second], heun), second);
    const r1 = (lambda(second) - lambda(first)) / h;
    const d2 = mix([1 / r1, m2], [-1 / r1, m0]);
    if (!heun) return mix(...base, [to.alpha * p2, d2]);
    const slope = mix([r1 / (r1 - r0), d1], [-r0 / (r1 - r0), d2]);
    const bend = mix([2 / (r1 - r0), d2], [-2 / (r1 - r0), d1]);
    return mix(...base, [to.alpha * p2, slope], [-to.alpha * ((p1 + h) / h ** 2 - 0.5), bend]);
  }

  const cases: readonly (readonly [DiffusersConfig, number, readonly number[]])[] = [
    [{}, 6, [2, 2, 1, 1]],
    [{ solver_type: "heun", final_sigmas_type: "sigma_min" }, 8, [2, 2, 2, 2]],
    [{ solver_order: 3, final_sigmas_type: "sigma_min" }, 9, [3, 3, 3]],
    [{ solver_order: 3, solver_type: "heun", final_sigmas_type: "sigma_min" }, 9, [3, 3, 3]],
    [{ solver_order: 3, timestep_spacing: "leading", steps_offset: 1 }, 10, [3, 3, 3, 1]],
  ];
  for (const [config, steps, groups] of cases) {
    test(`groups of ${groups.join(", ")}: ${JSON.stringify(config)}`, () => {
      const made = make("DPMSolverSinglestepScheduler", { ...scaled, ...config }, steps);
      // Always evenly spaced, whatever other classes are told.
      expect(made.levels[0].time).toBe(999);
      let x: Numbers = start;
      let at = 0;
      for (const size of groups) {
        x = group(x, made.levels.slice(at, at + size + 1), config["solver_type"] === "heun");
        at += size;
      }
      expect(maxDifference(endOf(made), x)).toBeLessThan(1e-10);
    });
  }
});

describe("multistep SDE-DPM-Solver++ of order 3", () => {
  test("its second difference has a weight of its own there", () => {
    const config = { ...scaled, algorithm_type: "sde-dpmsolver++", solver_order: 3, final_sigmas_type: "sigma_min" };
    const made = make("DPMSolverMultistepScheduler", { ...config, use_karras_sigmas: true }, 16);
    const lambda = made.levels.map(({ alpha, sigma }) => Math.log(alpha / sigma));
    const outputs: Numbers[] = [];
    let x: Numbers = start;
    for (let i = 0; i < 16; i++) {
      const [from, to] = [made.levels[i], made.levels[i + 1]];
      outputs.push(model(x, from, "x0"));
      const [m0, m1, m2] = outputs.slice(-3).toReversed();
      const h = lambda[i + 1] - lambda[i];
      if (h === 0) continue;
      const decay = Math.exp(-2 * h);
      const draw = noiseAt(i, x.length);
      const base = [
        [(to.sigma / from.sigma) * Math.exp(-h), x],
        [to.alpha * (1 - decay), m0],
        [to.sigma * Math.sqrt(1 - decay), draw],
      ] as const;
      if (i === 0) x = mix(...base);
      else {
        const r0 = (lambda[i] - lambda[i - 1]) / h;
        const first = mix([1 / r0, m0], [-1 / r0, m1]);
        if (i === 1) x = mix(...base, [(to.alpha * (1 - decay)) / 2, first]);
        else {
          const r1 = (lambda[i - 1] - lambda[i - 2]) / h;
          const before = mix([1 / r1, m1], [-1 / r1, m2]);
          const bend = mix([1 / (r0 + r1), first], [-1 / (r0 + r1), before]);
          x = mix(
            ...base,
            [to.alpha * ((1 - decay) / (-2 * h) + 1), mix([1, first], [r0, bend])],
            [to.alpha * ((1 - decay - 2 * h) / (2 * h) ** 2 - 1 / 2), bend],
          );
        }
      }
    }
    expect(maxDifference(endOf(made), x)).toBeLessThan(1e-9);
  });
});

describe("strides that are not the distance of the timesteps", () => {
  const betas = Array.from({ length: 1000 }, (_, i) => {
    const [low, high] = [Math.sqrt(0.00085), Math.sqrt(0.012)];
    return (low + ((high - low) * i) / 999) ** 2;
  });
  let product = 1;
  const kept = betas.map((beta) => (product *= 1 - beta));
  type Kind = "epsilon" | "v";
  const ask = (x: Numbers, time: number, kind: Kind): Numbers =>
    model(x, { alpha: Math.sqrt(kept[time]), sigma: Math.sqrt(1 - kept[time]) }, kind);
  /** From entry `t` of the table to `to`, which may lie before its beginning. */
  const go = (x: Numbers, output: Numbers, t: number, to: number, end: number, kind: Kind): Numbers => {
    const [a, b] = [kept[t], to < 0 ? end : kept[to]];
    const noise = kind === "v" ? mix([Math.sqrt(a), output], [Math.sqrt(1 - a), x]) : output;
    const clean = mix([1 / Math.sqrt(a), x], [-Math.sqrt((1 - a) / a), noise]);
    return mix([Math.sqrt(b), clean], [Math.sqrt(1 - b), noise]);
  };
  const KINDS = { epsilon: "epsilon", v: "v_prediction" } as const;

  const grids: readonly (readonly [DiffusersConfig, number])[] = [
    [{ timestep_spacing: "trailing" }, 7],
    [{ timestep_spacing: "linspace" }, 10],
    [{ timestep_spacing: "leading", steps_offset: 1 }, 13],
    [{ timestep_spacing: "leading" }, 40],
  ];
  for (const [grid, steps] of grids) {
    for (const kind of ["epsilon", "v"] as const) {
      const title = `${JSON.stringify(grid)}, ${steps} steps, ${kind}`;
      const config = { ...scaled, ...grid, prediction_type: KINDS[kind] };
      const stride = Math.floor(1000 / steps);

      test(`DDIM: ${title}`, () => {
        const made = make("DDIMScheduler", { ...config, clip_sample: false, set_alpha_to_one: false }, steps);
        let x: Numbers = start;
        for (const t of made.timesteps) x = go(x, ask(x, t, kind), t, t - stride, kept[0], kind);
        expect(maxDifference(endOf(made), x)).toBeLessThan(1e-10);
        expect(made.differences).toEqual([]);
      });

      test(`PNDM without Runge-Kutta steps: ${title}`, () => {
        const made = make("PNDMScheduler", { ...config, skip_prk_steps: true }, steps);
        const calls = made.timesteps;
        expect(calls).toHaveLength(steps + 1);
        const first = ask(start, calls[0], kind);
        const guess = go(start, first, calls[0], calls[0] - stride, kept[0], kind);
        const second = mix([1 / 2, first], [1 / 2, ask(guess, calls[1], kind)]);
        let x = go(start, second, calls[1] + stride, calls[1], kept[0], kind);
        const outputs = [first];
        for (const t of calls.slice(2)) {
          outputs.push(ask(x, t, kind));
          x = go(x, newest(outputs), t, t - stride, kept[0], kind);
        }
        expect(maxDifference(endOf(made), x)).toBeLessThan(1e-9);
      });

      test(`PNDM: ${title}`, () => {
        const made = make("PNDMScheduler", { ...config, set_alpha_to_one: true }, steps);
        const calls = made.timesteps;
        expect(calls).toHaveLength(steps + 9);
        const half = Math.floor(stride / 2);
        const outputs: Numbers[] = [];
        let x: Numbers = start;
        for (let i = 0; i < 12; i += 4) {
          const [from, to] = [calls[i], calls[i + 3]];
          expect([calls[i + 1], calls[i + 2]]).toEqual([to + half, to + half]);
          const one = ask(x, from, kind);
          const two = ask(go(x, one, from, from - half, 1, kind), to + half, kind);
          const three = ask(go(x, two, from, to + half, 1, kind), to + half, kind);
          const four = ask(go(x, three, from, to, 1, kind), to, kind);
          x = go(x, mix([1 / 6, one], [1 / 3, two], [1 / 3, three], [1 / 6, four]), from, to, 1, kind);
          outputs.push(one);
        }
        for (const t of calls.slice(12)) {
          outputs.push(ask(x, t, kind));
          x = go(x, newest(outputs), t, t - stride, 1, kind);
        }
        // The start blows up on long steps; the two are compared digit by digit all the same.
        const size = x.reduce((top, v) => Math.max(top, Math.abs(v)), 1);
        expect(maxDifference(endOf(made), x) / size).toBeLessThan(1e-9);
      });
    }
  }

  /** Adams-Bashforth of up to four outputs. */
  function newest(outputs: readonly Numbers[]): Numbers {
    const [a, b, c, d] = outputs.toReversed();
    if (b === undefined) return a;
    if (c === undefined) return mix([3 / 2, a], [-1 / 2, b]);
    if (d === undefined) return mix([23 / 12, a], [-16 / 12, b], [5 / 12, c]);
    return mix([55 / 24, a], [-59 / 24, b], [37 / 24, c], [-9 / 24, d]);
  }

  test("DDIM with fresh noise and clipping", () => {
    const made = fromDiffusersConfig(
      { _class_name: "DDIMScheduler", ...scaled, timestep_spacing: "trailing" },
      { steps: 7, eta: 0.6 },
    );
    let x: Numbers = start;
    made.timesteps.forEach((t, i) => {
      const [a, b] = [kept[t], t < 142 ? 1 : kept[t - 142]];
      const noise = ask(x, t, "epsilon");
      const clean = x.map((v, j) => Math.max(-1, Math.min(1, (v - Math.sqrt(1 - a) * noise[j]) / Math.sqrt(a))));
      const fresh = 0.6 * Math.sqrt(((1 - b) / (1 - a)) * (1 - a / b));
      x = mix([Math.sqrt(b), clean], [Math.sqrt(1 - b - fresh ** 2), noise], [fresh, noiseAt(i, x.length)]);
    });
    expect(maxDifference(endOf(made), x)).toBeLessThan(1e-11);
  });
});

/** DDIM's dynamic thresholding: the range of every sample comes from a quantile, and the noise stays what was predicted. */
test("DDIM with dynamic thresholding", async () => {
  const made = make(
    "DDIMScheduler",
    {
      ...scaled,
      thresholding: true,
      dynamic_thresholding_ratio: 0.6,
      sample_max_value: 1.5,
      timestep_spacing: "trailing",
    },
    8,
  );
  const samples = BUMPS_START.length;
  let [x, reached] = [start, 0];
  made.levels.slice(0, -1).forEach((from, i) => {
    const to = made.levels[i + 1];
    const noise = model(x, from, "epsilon");
    const clean = x.map((v, j) => (v - from.sigma * noise[j]) / from.alpha);
    const size = clean.length / samples;
    const limited = clean.map((v, j) => {
      const sample = clean.subarray(Math.floor(j / size) * size, (Math.floor(j / size) + 1) * size);
      const sorted = Array.from(sample, Math.abs).sort((a, b) => a - b);
      const place = 0.6 * (size - 1);
      const low = Math.floor(place);
      const quantile = sorted[low] + (place - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
      const range = Math.min(Math.max(quantile, 1), 1.5);
      if (range > 1) reached++;
      return Math.max(-range, Math.min(range, v)) / range;
    });
    x = mix([to.alpha, limited], [to.sigma, noise]);
  });
  expect(reached).toBeGreaterThan(0);
  const { sampler, levels, schedule } = made;
  const plan = sampler.plan(levels, { schedule });
  expect(maxDifference(runPlanNumeric(plan, start, model, { samples }).at(-1) as Numbers, x)).toBeLessThan(1e-11);
  const { value } = await sample({
    sampler,
    levels,
    schedule,
    x: rows(BUMPS_START),
    denoiser: {
      predict: "epsilon",
      call: async (at, level) =>
        tensor(model(Float64Array.from(await read(at)), level, "epsilon"), { shape: at.shape }),
    },
  });
  expect(maxDifference(await read(value), x)).toBeLessThan(1e-11);
});

describe("networks with times and preconditioning of their own", () => {
  const network = (x: Tensor, { time }: Level): Tensor => tanh(mul(x, (time as number) + 0.3));
  const byHand = (x: Numbers, time: number): Numbers => x.map((v) => Math.tanh(v * (time + 0.3)));

  async function run(made: DiffusersSampler): Promise<number[]> {
    const { sampler, levels, schedule, denoiser } = made;
    const { value } = await sample({ sampler, levels, schedule, denoiser: denoiser(network), x: rows(BUMPS_START) });
    return read(value);
  }

  const karras = (n: number): number[] => {
    const [low, high] = [0.002, 80].map((s) => s ** (1 / 7));
    return [...Array.from({ length: n }, (_, i) => (high + (i / (n - 1)) * (low - high)) ** 7), 0];
  };
  /** x0 of the EDM network of data with deviation 1/2. */
  const clean = (x: Numbers, sigma: number): Numbers => {
    const size = Math.sqrt(sigma ** 2 + 0.25);
    const output = byHand(
      x.map((v) => v / size),
      Math.log(sigma) / 4,
    );
    return mix([0.25 / size ** 2, x], [(sigma * 0.5) / size, output]);
  };

  test("EDM Euler", async () => {
    const sigmas = karras(6);
    let x: Numbers = start;
    for (let i = 0; i < 6; i++) {
      const x0 = clean(x, sigmas[i]);
      x = mix([1, x], [(sigmas[i + 1] - sigmas[i]) / sigmas[i], mix([1, x], [-1, x0])]);
    }
    expect(maxDifference(await run(make("EDMEulerScheduler", {}, 6)), x)).toBeLessThan(1e-10);
  });

  test("EDM DPM-Solver++ 2M", async () => {
    const sigmas = karras(7);
    let x: Numbers = start;
    let before: Numbers | undefined;
    for (let i = 0; i < 7; i++) {
      const m0 = clean(x, sigmas[i]);
      const h = Math.log(sigmas[i] / sigmas[i + 1]);
      if (sigmas[i + 1] === 0) x = m0;
      else {
        const r = before === undefined ? 1 : Math.log(sigmas[i - 1] / sigmas[i]) / h;
        const slope = before === undefined ? mix([0, m0]) : mix([1 / r, m0], [-1 / r, before]);
        x = mix([sigmas[i + 1] / sigmas[i], x], [-Math.expm1(-h), m0], [-Math.expm1(-h) / 2, slope]);
      }
      before = m0;
    }
    expect(maxDifference(await run(make("EDMDPMSolverMultistepScheduler", {}, 7)), x)).toBeLessThan(1e-10);
  });

  test("flow matching: straight steps along the velocity", async () => {
    const shift = (s: number): number => (3 * s) / (1 + 2 * s);
    const low = shift(1 / 1000);
    const sigmas = [...[0, 1, 2, 3, 4].map((i) => shift(1 + (i / 4) * (low - 1))), 0];
    let x: Numbers = start;
    for (let i = 0; i < 5; i++) x = mix([1, x], [sigmas[i + 1] - sigmas[i], byHand(x, 1000 * sigmas[i])]);
    const made = make("FlowMatchEulerDiscreteScheduler", { shift: 3 }, 5);
    expect(maxDifference(await run(made), x)).toBeLessThan(1e-12);
  });

  test("flow matching with inverted sigmas: the times count the signal, the network points towards it", async () => {
    const sigmas = [...[0, 1, 2, 3, 4].map((i) => 1 - (1 + (i / 4) * (1 / 1000 - 1))), 1];
    let x: Numbers = start;
    for (let i = 0; i < 5; i++) x = mix([1, x], [sigmas[i + 1] - sigmas[i], byHand(x, 1000 * sigmas[i])]);
    const made = make("FlowMatchEulerDiscreteScheduler", { invert_sigmas: true }, 5);
    expect(
      maxDifference(
        made.timesteps,
        sigmas.slice(0, 5).map((s) => 1000 * s),
      ),
    ).toBeLessThan(1e-9);
    expect(maxDifference(await run(made), x)).toBeLessThan(1e-12);
  });

  test("stochastic flow matching: the estimate of x0 under fresh noise", async () => {
    const made = make("FlowMatchEulerDiscreteScheduler", { stochastic_sampling: true }, 5);
    const sigmas = [...[0, 1, 2, 3, 4].map((i) => 1 + (i / 4) * (1 / 1000 - 1)), 0];
    let x: Numbers = start;
    for (let i = 0; i < 5; i++) {
      const clean = mix([1, x], [-sigmas[i], byHand(x, 1000 * sigmas[i])]);
      x = mix([1 - sigmas[i + 1], clean], [sigmas[i + 1], noiseAt(i, x.length)]);
    }
    const { sampler, levels, denoiser } = made;
    const noise = ({ step, shape }: { step: number; shape: readonly number[] }): Tensor =>
      tensor(noiseAt(step, start.length), { shape });
    const { value } = await sample({ sampler, levels, denoiser: denoiser(network), x: rows(BUMPS_START), noise });
    expect(maxDifference(await read(value), x)).toBeLessThan(1e-11);
  });

  test("iPNDM: Adams-Bashforth weights of equal steps; in the first step x0 is 0", async () => {
    const made = make("IPNDMScheduler", {}, 8);
    const angles = Array.from({ length: 9 }, (_, i) => Math.sin(((1 - i / 8) * Math.PI) / 2) ** 2);
    const weights = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]];
    const history: Numbers[] = [];
    let x: Numbers = start;
    for (let i = 0; i < 8; i++) {
      const [sigma, next] = [angles[i], angles[i + 1]];
      const [alpha, to] = [sigma, next].map((s) => Math.sqrt(1 - s ** 2));
      const v = byHand(x, (Math.atan2(sigma, alpha) / Math.PI) * 2);
      history.unshift(i === 0 ? x : mix([sigma, x], [alpha, v]));
      const e = mix(...weights[Math.min(i, 3)].map((w, j) => [w, history[j]] as const));
      // (x - sigma e)/alpha, and 0 where alpha is.
      const clean = i === 0 ? mix([0, x]) : mix([1 / alpha, x], [-sigma / alpha, e]);
      x = mix([to, clean], [next, e]);
    }
    expect(maxDifference(await run(made), x)).toBeLessThan(1e-10);
  });
});

describe("defaults", () => {
  const table = { num_train_timesteps: 1000, beta_start: 1e-4, beta_end: 0.02, beta_schedule: "linear" };
  const edm = { sigma_min: 0.002, sigma_max: 80, sigma_data: 0.5, sigma_schedule: "karras", rho: 7 };
  const dpm = { solver_order: 2, algorithm_type: "dpmsolver++", solver_type: "midpoint", final_sigmas_type: "zero" };
  const ddim = { clip_sample: true, clip_sample_range: 1, timestep_spacing: "leading", steps_offset: 0 };
  /** As the constructors there have them. */
  const DEFAULTS: Readonly<Record<string, DiffusersConfig>> = {
    DDIMScheduler: { ...table, ...ddim, set_alpha_to_one: true, prediction_type: "epsilon" },
    DDPMScheduler: { ...table, ...ddim, variance_type: "fixed_small" },
    PNDMScheduler: { ...table, skip_prk_steps: false, set_alpha_to_one: false, timestep_spacing: "leading" },
    DPMSolverMultistepScheduler: {
      ...table,
      ...dpm,
      lower_order_final: true,
      euler_at_final: false,
      timestep_spacing: "linspace",
    },
    DPMSolverSinglestepScheduler: { ...table, ...dpm, lower_order_final: false },
    UniPCMultistepScheduler: {
      ...table,
      solver_order: 2,
      solver_type: "bh2",
      predict_x0: true,
      lower_order_final: true,
      disable_corrector: [],
      final_sigmas_type: "zero",
      timestep_spacing: "linspace",
    },
    DEISMultistepScheduler: { ...table, solver_order: 2, algorithm_type: "deis", solver_type: "logrho" },
    EulerDiscreteScheduler: { ...table, timestep_spacing: "linspace", interpolation_type: "linear" },
    EulerAncestralDiscreteScheduler: { ...table, timestep_spacing: "linspace" },
    HeunDiscreteScheduler: { ...table, beta_start: 0.00085, beta_end: 0.012, clip_sample: false },
    LMSDiscreteScheduler: { ...table, timestep_spacing: "linspace", use_karras_sigmas: false },
    IPNDMScheduler: { num_train_timesteps: 1000 },
    EDMEulerScheduler: { ...edm, prediction_type: "epsilon", final_sigmas_type: "zero" },
    EDMDPMSolverMultistepScheduler: { ...edm, ...dpm, lower_order_final: true, euler_at_final: false },
    FlowMatchEulerDiscreteScheduler: { num_train_timesteps: 1000, shift: 1, use_dynamic_shifting: false },
  };
  test.each(Object.entries(DEFAULTS))("%s", (name, config) => {
    const [left, given] = [make(name, {}, 10), make(name, config, 10)];
    const facts = (made: DiffusersSampler): unknown => [
      Array.from(endOf(made)),
      made.predict,
      made.initialScale,
      made.timesteps,
    ];
    expect(facts(left)).toEqual(facts(given));
    expect(given.ignored).toEqual([]);
  });

  test("an Euler step at the end where it is asked for", () => {
    const config = { ...scaled, final_sigmas_type: "sigma_min" };
    const [at, not] = [true, false].map((on) =>
      endOf(make("DPMSolverMultistepScheduler", { ...config, euler_at_final: on }, 20)),
    );
    expect(maxDifference(at, not)).toBeGreaterThan(1e-9);
  });

  test("keys that no class has are refused", () => {
    expect(() => make("DDIMScheduler", { beta_strat: 0.1 }, 5)).toThrow(
      'no scheduler class of diffusers has such a key (got "beta_strat", expected one of algorithm_type,',
    );
  });
});
