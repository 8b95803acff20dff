import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import {
  discreteSchedule,
  edmSigma,
  halfLogSnr,
  modelTime,
  piecewiseLinear,
  schedules,
  vpCosine,
  vpLinear,
  type ContinuousSchedule,
  type Level,
} from "@ansatz/samplers";

type AnySchedule = ReturnType<(typeof schedules)[number]["create"]>;

function lastTime(schedule: Exclude<AnySchedule, { kind: "discrete" }>): number {
  return schedule.kind === "continuous" ? schedule.maxTime : schedule.count;
}

/** What is 1 on every level of a family. */
function familySum(schedule: AnySchedule, { alpha, sigma }: Level): number {
  if (schedule.kind === "mean-reverting") return alpha ** 2 + (sigma / schedule.limit) ** 2;
  if (schedule.name.startsWith("EDM")) return alpha;
  return schedule.name.startsWith("flow") ? alpha + sigma : alpha ** 2 + sigma ** 2;
}

describe("every schedule", () => {
  for (const { name, create } of schedules) {
    const schedule = create();

    test(`${name} keeps the sum of its family and loses signal with time`, () => {
      const times =
        schedule.kind === "discrete"
          ? Array.from({ length: schedule.count }, (_, i) => i)
          : Array.from({ length: 200 }, (_, i) => 1e-3 + ((lastTime(schedule) - 1e-3) * i) / 199);
      const levels = times.map((t) => schedule.level(t));
      levels.forEach((level) => expect(Math.abs(familySum(schedule, level) - 1)).toBeLessThan(1e-13));
      for (let i = 1; i < levels.length; i++) expect(edmSigma(levels[i])).toBeGreaterThan(edmSigma(levels[i - 1]));
    });

    test(`${name} finds its time again`, () => {
      const last = schedule.kind === "discrete" ? schedule.count - 2 : lastTime(schedule);
      fc.assert(
        fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
          const time = schedule.kind === "discrete" ? Math.round(share * last) : 1e-3 + share * (last - 1e-3);
          const level = schedule.level(time);
          expect(Math.abs(schedule.timeAt(halfLogSnr(level)) - time)).toBeLessThan(1e-9 * Math.max(1, time));
          const again = schedule.levelAt(halfLogSnr(level));
          expect(again.alpha).toBeCloseTo(level.alpha, 12);
          expect(again.sigma).toBeCloseTo(level.sigma, 12);
          expect(again.time).toBeCloseTo(level.time as number, 6);
        }),
      );
    });

    test(`${name} names its papers`, () => {
      expect(schedule.citations.length).toBeGreaterThan(0);
    });
  }
});

describe("continuous schedules", () => {
  test("lose no digits at the clean end", () => {
    // Series at small t: alpha = 1 - t b/2 ..., so sigma^2 = t b + O(t^2).
    const t = 1e-12;
    expect(Math.abs(vpLinear().level(t).sigma / Math.sqrt(0.1 * t) - 1)).toBeLessThan(1e-10);
    const cosine = vpCosine();
    const rate = 2 * Math.tan((0.008 / 1.008) * (Math.PI / 2)) * (Math.PI / 2 / 1.008);
    expect(Math.abs(cosine.level(t).sigma / Math.sqrt(rate * t) - 1)).toBeLessThan(1e-8);
    expect(Math.abs(cosine.timeAt(halfLogSnr(cosine.level(1e-6))) / 1e-6 - 1)).toBeLessThan(1e-8);
  });

  test("midpoints lie in the middle of the schedule's time, also where the model is told another one", () => {
    const schedule = vpLinear({ modelTime: "index" });
    const middle = schedule.midpoint(schedule.level(0.8), schedule.level(0.2));
    expect(middle.time).toBeCloseTo(499, 9);
    expect(middle.alpha).toBeCloseTo(schedule.level(0.5).alpha, 12);
  });

  test("model times", () => {
    expect(modelTime("continuous")(0.3)).toBe(0.3);
    expect(modelTime("index")(0.3)).toBeCloseTo(299, 10);
    expect(modelTime("index")(0.0005)).toBe(0);
    expect(modelTime("scaled-index")(0.3)).toBeCloseTo(299.7, 10);
    expect(modelTime("index", 50)(1)).toBeCloseTo(49, 10);
  });

  test("the piecewise schedule cuts the noisy end and keeps the model's index right", () => {
    const table = discreteSchedule({ betas: "cosine" });
    const kept = piecewiseLinear(table);
    const index = Math.round(kept.maxTime * 1000) - 1;
    expect(halfLogSnr(table.level(index))).toBeGreaterThanOrEqual(-5.1);
    expect(halfLogSnr(table.level(index + 1))).toBeLessThan(-5.1);
    expect(kept.level(kept.maxTime).time).toBeCloseTo(index, 9);
    expect(piecewiseLinear(table, { respread: true }).maxTime).toBe(1);
    expect(piecewiseLinear(table, { minHalfLogSnr: -Infinity }).maxTime).toBe(1);
  });

  test("the piecewise schedule passes through the table", () => {
    const table = discreteSchedule({ betas: "linear" });
    const schedule: ContinuousSchedule = piecewiseLinear(table);
    for (const i of [0, 1, 250, 999]) {
      const level = schedule.level((i + 1) / 1000);
      expect(level.alpha).toBeCloseTo(table.alphas[i], 13);
      expect(level.time).toBeCloseTo(i, 9);
    }
  });
});

describe("discrete schedules", () => {
  test("index -1 is the clean level, and midpoints round down", () => {
    const table = discreteSchedule({ betas: "linear" });
    expect(table.level(-1)).toEqual({ alpha: 1, sigma: 0 });
    expect(table.midpoint(table.level(900), table.level(801)).time).toBe(850);
  });

  test("given betas", () => {
    const table = discreteSchedule({ betas: [0.1, 0.2, 1] });
    expect(Array.from(table.alphaBars)).toEqual([0.9, 0.9 * 0.8, 0]);
    expect(table.sigmas[2]).toBe(1);
  });

  test("zero terminal SNR keeps the first entry and ends in pure noise", () => {
    const plain = discreteSchedule({ betas: "scaled-linear" });
    const table = discreteSchedule({ betas: "scaled-linear", zeroTerminalSnr: true });
    expect(table.alphas[0]).toBe(plain.alphas[0]);
    expect(table.level(999)).toEqual({ alpha: 0, sigma: 1, time: 999 });
    // The betas belong to the rescaled table.
    const rebuilt = discreteSchedule({ betas: table.betas });
    expect(rebuilt.alphas[500]).toBeCloseTo(table.alphas[500], 12);
  });
});

describe("schedule errors", () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => discreteSchedule({ betas: "sigmoid" as never }),
      'discreteSchedule: unknown betas (got "sigmoid", expected one of "linear", "scaled-linear", "quad", "cosine").',
    ],
    [
      () => discreteSchedule({ betas: "linear", count: 1 }),
      "discreteSchedule: count is out of range (got 1, expected an integer >= 2).",
    ],
    [() => discreteSchedule({ betas: "linear", betaEnd: 2 }), "discreteSchedule: beta 500 is out of range (got"],
    [
      () => discreteSchedule({ betas: "cosine", betaEnd: 0.5 }),
      "discreteSchedule: the cosine table has no end points (got betaStart = undefined, betaEnd = 0.5, expected neither).",
    ],
    [
      () => discreteSchedule({ betas: [0.1, -0.1] }),
      "discreteSchedule: beta 1 is out of range (got -0.1, expected 0 < beta < 1).",
    ],
    [() => discreteSchedule({ betas: [0.1] }), "discreteSchedule: a table needs at least 2 betas (got 1)."],
    [
      () => discreteSchedule({ betas: [0.1, 0.2], count: 5 }),
      "discreteSchedule: count has no meaning for given betas (got 5). Leave it out.",
    ],
    [
      () => discreteSchedule({ betas: "linear", beta: 1 } as never),
      'discreteSchedule: unknown option (got "beta", expected one of betas, betaStart',
    ],
    [
      () => discreteSchedule({ betas: "linear" }).level(1000),
      "index is out of range (got 1000, expected an integer from -1 to 999).",
    ],
    [
      () => discreteSchedule({ betas: "linear" }).level(0.5),
      "discrete linear, 1000 levels: index is out of range (got 0.5",
    ],
    [
      () => discreteSchedule({ betas: "linear" }).midpoint({ alpha: 1, sigma: 1 }, { alpha: 1, sigma: 0.5 }),
      "midpoint: a level of a discrete schedule needs its index (got time = undefined).",
    ],
    [
      () => vpLinear({ betaMin: 20, betaMax: 0.1 }),
      "vpLinear: the rate must grow (got betaMin = 20, betaMax = 0.1, expected betaMin < betaMax).",
    ],
    [
      () => vpLinear().level(1.5),
      "continuous linear, rate 0.1 to 20: time is out of range (got 1.5, expected a number from 0 to",
    ],
    [() => vpCosine({ offset: 0 }), "vpCosine: offset is out of range (got 0, expected a finite number > 0)."],
    [
      () => vpLinear({ modelTime: "seconds" as never }),
      'modelTime: unknown kind (got "seconds", expected one of "continuous", "index", "scaled-index").',
    ],
    [
      () => piecewiseLinear(discreteSchedule({ betas: "linear" }), { minHalfLogSnr: 10 }),
      "piecewiseLinear: too few entries are left (got 0 with half log-SNR >= 10, expected at least 2). Lower minHalfLogSnr.",
    ],
    [
      () => piecewiseLinear(discreteSchedule({ betas: "linear" })).level(0),
      "piecewiseLinear: there is no noise left at this time (got 0, expected about 0.001 or later). End the grid earlier.",
    ],
  ];
  for (const [act, message] of cases) {
    test(message, () => {
      expect(act).toThrow(message);
    });
  }
});
