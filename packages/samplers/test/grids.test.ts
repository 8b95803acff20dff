import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import {
  betaDistribution,
  betaQuantile,
  betaSigmas,
  checkLevels,
  continuousLevels,
  discreteLevels,
  discreteSchedule,
  edmSigma,
  exponentialSigmas,
  fastOrders,
  flowSigmas,
  halfLogSnr,
  innerLevels,
  karrasSigmas,
  levelGrid,
  schedules,
  timesteps,
  vpLevel,
  vpLinear,
  type ContinuousSpacing,
  type MeanRevertingSpacing,
  type DiscreteSpacing,
} from "@ansatz/samplers";

const linear = discreteSchedule({ betas: "linear" });

describe("every grid on every schedule", () => {
  const discrete: DiscreteSpacing[] = ["leading", "trailing", "linspace", "karras", "log-snr", "beta"];
  const continuous: ContinuousSpacing[] = ["time-uniform", "time-quadratic", "log-snr", "karras", "beta"];
  const drifting: MeanRevertingSpacing[] = ["log-snr", "linspace", "trailing", "karras-index"];
  for (const { name, create } of schedules) {
    const schedule = create();
    const spacings = { discrete, continuous, "mean-reverting": drifting }[schedule.kind];
    for (const spacing of spacings) {
      const pureNoise = name === "scaled-linear-zero-snr" || name.startsWith("flow");
      if (pureNoise && ["karras", "log-snr", "beta"].includes(spacing)) continue;
      test(`${name} ${spacing} goes from noisy to clean`, () => {
        for (const steps of [1, 2, 7, 50]) {
          const grid =
            schedule.kind === "discrete"
              ? levelGrid(schedule, { spacing: spacing as DiscreteSpacing })
              : schedule.kind === "continuous"
                ? levelGrid(schedule, { spacing: spacing as ContinuousSpacing })
                : levelGrid(schedule, { spacing: spacing as MeanRevertingSpacing });
          const levels = grid.levels(steps);
          expect(levels).toHaveLength(steps + 1);
          expect(() => checkLevels("grid", levels)).not.toThrow();
          levels.slice(0, -1).forEach(({ time }) => expect(Number.isFinite(time)).toBe(true));
          const nested = grid.singlestep([1, 2, 3]);
          expect(nested).toHaveLength(7);
          expect(() => checkLevels("grid", nested)).not.toThrow();
        }
      });
    }
  }
});

describe("integer spacings", () => {
  test("round half to even", () => {
    // 4 (0..7) at 2.333 and 4.667; 8/16 steps of 3.5 would be halves.
    expect(timesteps({ count: 8, steps: 3, spacing: "linspace" })).toEqual([7, 4, 0]);
    expect(timesteps({ count: 5, steps: 2, spacing: "trailing" })).toEqual([4, 1]);
    expect(timesteps({ count: 7, steps: 2, spacing: "trailing" })).toEqual([6, 3]);
  });

  test("one step and all steps", () => {
    for (const spacing of ["leading", "trailing", "linspace"] as const) {
      expect(timesteps({ count: 10, steps: 1, spacing })).toHaveLength(1);
      const every = timesteps({ count: 10, steps: 10, spacing });
      expect(every).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    }
  });

  test("trailing starts at the last entry, leading does not", () => {
    expect(discreteLevels(linear, { steps: 7 })[0].time).toBe(999);
    expect(discreteLevels(linear, { steps: 7, spacing: "leading" })[0].time).toBe(852);
  });

  test("the end is clean or the first entry, and the noisy end can be cut", () => {
    expect(discreteLevels(linear, { steps: 3 })[3]).toEqual({ alpha: 1, sigma: 0 });
    expect(discreteLevels(linear, { steps: 3, final: "min" })[3]).toEqual(linear.level(0));
    const cosine = discreteSchedule({ betas: "cosine" });
    const cut = discreteLevels(cosine, { steps: 10, minHalfLogSnr: -5.1 });
    expect(halfLogSnr(cut[0])).toBeGreaterThanOrEqual(-5.1);
    expect(cut[0].time).toBeGreaterThan(980);
  });

  test("a table that ends in pure noise keeps it with trailing spacing", () => {
    const table = discreteSchedule({ betas: "scaled-linear", zeroTerminalSnr: true });
    expect(discreteLevels(table, { steps: 10 })[0]).toEqual({ alpha: 0, sigma: 1, time: 999 });
  });

  test("rounding of interpolated indices", () => {
    const times = (rounding: "nearest" | "floor" | "none"): number[] =>
      discreteLevels(linear, { steps: 9, spacing: "log-snr", rounding })
        .slice(0, -1)
        .map(({ time }) => time as number);
    const exact = times("none");
    expect(times("floor")).toEqual(exact.map(Math.floor));
    expect(times("nearest")).toEqual(exact.map(Math.round));
    expect(exact.some((t) => t !== Math.round(t))).toBe(true);
  });
});

describe("sigma grids", () => {
  test("keep their ends and fall", () => {
    for (const grid of [karrasSigmas, exponentialSigmas, betaSigmas]) {
      const sigmas = grid(9, 0.01, 80);
      expect(sigmas).toHaveLength(9);
      expect(sigmas[0]).toBeCloseTo(80, 10);
      expect(sigmas[8]).toBeCloseTo(0.01, 10);
      for (let i = 1; i < 9; i++) expect(sigmas[i]).toBeLessThan(sigmas[i - 1]);
      expect(grid(1, 2, 2)[0]).toBeCloseTo(2, 12);
    }
    const flow = flowSigmas(10, 1000, 3);
    for (let i = 1; i < 10; i++) expect(flow[i]).toBeLessThan(flow[i - 1]);
  });

  test("the quantile of the Beta distribution inverts its distribution function", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 1 - 1e-3, noNaN: true }),
        fc.double({ min: 0.6, max: 8, noNaN: true }),
        fc.double({ min: 0.6, max: 8, noNaN: true }),
        (p, a, b) => {
          expect(betaDistribution(betaQuantile(p, a, b), a, b)).toBeCloseTo(p, 10);
        },
      ),
    );
    // Beta(1, 1) is uniform, Beta(1/2, 1/2) the arcsine law, Beta(2, 1) has distribution x^2.
    expect(betaQuantile(0.3, 1, 1)).toBeCloseTo(0.3, 14);
    expect(betaQuantile(0.3, 0.5, 0.5)).toBeCloseTo(Math.sin(0.15 * Math.PI) ** 2, 13);
    expect(betaQuantile(0.3, 2, 1)).toBeCloseTo(Math.sqrt(0.3), 13);
    expect(betaQuantile(0, 2, 1)).toBe(0);
    expect(betaQuantile(1, 2, 1)).toBe(1);
  });
});

describe("levels for singlestep methods", () => {
  test("fast orders spend exactly the calls they are given", () => {
    for (let n = 1; n <= 60; n++) {
      for (const order of [1, 2, 3]) {
        const orders = fastOrders(n, order);
        expect(orders.reduce((sum, value) => sum + value, 0)).toBe(n);
        expect(Math.max(...orders)).toBeLessThanOrEqual(order);
      }
    }
    expect(fastOrders(9, 3)).toEqual([3, 3, 2, 1]);
    expect(fastOrders(10, 3)).toEqual([3, 3, 3, 1]);
    expect(fastOrders(11, 3)).toEqual([3, 3, 3, 2]);
    expect(fastOrders(5, 2)).toEqual([2, 2, 1]);
  });

  test("inner levels are uniform in half log-SNR", () => {
    const schedule = vpLinear();
    const outer = continuousLevels(schedule, { steps: 2 });
    const levels = innerLevels(schedule, outer, [3, 2]);
    const lambdas = levels.map(halfLogSnr);
    expect(lambdas).toHaveLength(6);
    expect(lambdas[1] - lambdas[0]).toBeCloseTo(lambdas[3] - lambdas[2], 10);
    expect(lambdas[4] - lambdas[3]).toBeCloseTo(lambdas[5] - lambdas[4], 10);
    expect(levels[3]).toEqual(outer[1]);
  });

  test("before sigma 0 they halve the noise", () => {
    const levels = innerLevels(linear, [vpLevel(-1), { alpha: 1, sigma: 0 }], [3]);
    expect(edmSigma(levels[1]) / edmSigma(levels[0])).toBeCloseTo(1 / 2, 12);
    expect(edmSigma(levels[2]) / edmSigma(levels[0])).toBeCloseTo(1 / 4, 12);
  });
});

describe("grid errors", () => {
  const cosineZero = discreteSchedule({ betas: "cosine", zeroTerminalSnr: true });
  const two = [vpLevel(-1), vpLevel(1)];
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => timesteps({ count: 1000, steps: 0, spacing: "leading" }),
      "timesteps: steps is out of range (got 0, expected an integer from 1 to 1000).",
    ],
    [() => timesteps({ count: 1000, steps: 1001, spacing: "leading" }), "timesteps: steps is out of range (got 1001"],
    [() => timesteps({ count: 1000, steps: 2.5, spacing: "leading" }), "timesteps: steps is out of range (got 2.5"],
    [
      () => timesteps({ count: 10, steps: 5, spacing: "even" as never }),
      'timesteps: unknown spacing (got "even", expected one of "leading", "trailing", "linspace").',
    ],
    [
      () => timesteps({ count: 10, steps: 5, spacing: "leading", offset: 2 }),
      "timesteps: offset is out of range (got 2, expected an integer from 0 to 1).",
    ],
    [
      () => timesteps({ count: 10, steps: 5, spacing: "trailing", offset: 1 }),
      "timesteps: offset is out of range (got 1, expected an integer from 0 to 0).",
    ],
    [() => discreteLevels(linear, { steps: 1001 }), "discreteLevels: steps is out of range (got 1001"],
    [
      () => discreteLevels(linear, { steps: 5, spacing: "even" as never }),
      'discreteLevels: unknown spacing (got "even"',
    ],
    [
      () => discreteLevels(linear, { steps: 5, spacing: "karras", offset: 1 }),
      "discreteLevels: offset has no meaning for karras spacing (got 1, expected none). Leave it out.",
    ],
    [
      () => discreteLevels(linear, { steps: 5, spacing: "karras", convention: "dpm" }),
      "discreteLevels: convention has no meaning for karras spacing",
    ],
    [
      () => discreteLevels(linear, { steps: 5, spacing: "trailing", rounding: "floor" }),
      "discreteLevels: rounding has no meaning for trailing spacing",
    ],
    [
      () => discreteLevels(linear, { steps: 5, spacing: "linspace", offset: 1 }),
      "discreteLevels: offset has no meaning for linspace spacing",
    ],
    [
      () => discreteLevels(linear, { steps: 5, final: "max" as never }),
      'discreteLevels: unknown final (got "max", expected one of "zero", "min").',
    ],
    [
      () => discreteLevels(linear, { steps: 5, minHalfLogSnr: 100 }),
      "discreteLevels: no entry is left (got minHalfLogSnr = 100",
    ],
    [
      () => discreteLevels(cosineZero, { steps: 5, spacing: "karras" }),
      "discreteLevels: karras spacing needs a finite sigma / alpha (got a table that ends in pure noise).",
    ],
    [() => discreteLevels(linear, { steps: 5, spaces: "x" } as never), 'discreteLevels: unknown option (got "spaces"'],
    [
      () => continuousLevels(vpLinear(), { steps: 0 }),
      "continuousLevels: steps is out of range (got 0, expected an integer >= 1).",
    ],
    [
      () => continuousLevels(vpLinear(), { steps: 5, end: 0 }),
      "continuousLevels: end must lie between 0 and start (got end = 0, start = 1).",
    ],
    [
      () => continuousLevels(vpLinear(), { steps: 5, start: 2 }),
      "continuousLevels: start is out of range (got 2, expected a number from 0 to 1).",
    ],
    [
      () => continuousLevels(vpLinear(), { steps: 5, spacing: "even" as never }),
      'continuousLevels: unknown spacing (got "even"',
    ],
    [
      () => karrasSigmas(5, 0, 1),
      "karrasSigmas: smallest sigma is out of range (got 0, expected a finite number > 0).",
    ],
    [() => karrasSigmas(5, 2, 1), "karrasSigmas: the range is upside down (got 2 to 1, expected smallest <= largest)."],
    [() => karrasSigmas(0, 1, 2), "karrasSigmas: count is out of range (got 0, expected an integer >= 1)."],
    [() => flowSigmas(5, 1000, 0), "flowSigmas: shift is out of range (got 0"],
    [
      () => betaQuantile(1.5, 1, 1),
      "betaQuantile: probability is out of range (got 1.5, expected a number from 0 to 1).",
    ],
    [() => fastOrders(0, 3), "fastOrders: evaluations is out of range (got 0, expected an integer >= 1)."],
    [() => fastOrders(5, 4), "fastOrders: order is out of range (got 4, expected an integer from 1 to 3)."],
    [
      () => innerLevels(linear, two, [1, 1]),
      "innerLevels: one order per step is needed (got 2 orders for 2 levels, expected 1).",
    ],
    [
      () => innerLevels(linear, [{ alpha: 0, sigma: 1 }, two[1]], [2]),
      "innerLevels: a step from pure noise has no inner levels (got order 2 at level 0, expected order 1).",
    ],
    [() => levelGrid({} as never), "levelGrid: not a schedule (got object, expected one such as vpLinear())."],
  ];
  for (const [act, message] of cases) {
    test(message, () => {
      expect(act).toThrow(message);
    });
  }
});
