/** Searching solver schedules: small searches on a problem with exact answers. The full comparison is `searchCheck`. */
import { describe, expect, test } from "vitest";
import { key } from "@ansatz/tensor/random";
import {
  searchSolver,
  solverEvaluations,
  solverSchedule,
  usf,
  vpLinear,
  type SolverSchedule,
  type SolverSearchOptions,
  type SolverSearchResult,
} from "@ansatz/samplers";
import { bestFixed, flowObjective, searchCheck } from "@ansatz/samplers/problems";
import { BUMPS } from "./support.ts";

const noise = vpLinear();
const objective = flowObjective(BUMPS, noise, key(5), 32);

async function run(options: Partial<SolverSearchOptions> = {}): Promise<[SolverSearchResult, number[]]> {
  const rounds = searchSolver({
    evaluations: 5,
    objective: objective.schedule,
    schedule: noise,
    key: key(1),
    budget: 196,
    ...options,
  });
  const seen: number[] = [];
  for (;;) {
    const next = await rounds.next();
    if (next.done === true) return [next.value, seen];
    expect(next.value.budget).toBe(options.budget ?? 196);
    expect(objective.schedule(next.value.best)).toBe(next.value.error);
    seen.push(next.value.evaluated);
  }
}

describe("a search", () => {
  test("improves on the fixed schedules, within its budget, and its schedule survives JSON", async () => {
    const [result, seen] = await run();
    expect(result.status).toBe("completed");
    expect(result.cost.evaluations).toBe(196);
    expect(seen).toEqual([96, 116, 136, 156, 176, 196]);
    expect(result.history).toHaveLength(6);
    expect(result.error).toBeLessThan(0.9 * result.fixed.error);
    for (let i = 1; i < 6; i++) expect(result.history[i]).toBeLessThanOrEqual(result.history[i - 1]);
    expect(solverEvaluations(result.schedule)).toBe(5);
    const loaded = solverSchedule(JSON.parse(JSON.stringify(result.schedule)));
    expect(loaded).toEqual(result.schedule);
    expect(objective.schedule(loaded)).toBe(result.error);
    expect(result.message).toContain("searchSolver finished after 196 schedules");
  });

  test("is the same for the same key, another one for another", async () => {
    const [first] = await run();
    const [again] = await run();
    const [other] = await run({ key: key(2) });
    expect(again.schedule).toEqual(first.schedule);
    expect(other.schedule).not.toEqual(first.schedule);
  });

  test("runs without its predictor, on asynchronous objectives, and past failures", async () => {
    let calls = 0;
    const [result] = await run({
      predictor: false,
      budget: 120,
      objective: async (schedule: SolverSchedule) => (calls++ % 3 === 0 ? Number.NaN : objective.schedule(schedule)),
    });
    expect(calls).toBe(120);
    expect(Number.isFinite(result.error)).toBe(true);
  });

  test("stops when it is told to", async () => {
    const controller = new AbortController();
    const rounds = searchSolver({
      evaluations: 5,
      objective: objective.schedule,
      schedule: noise,
      key: key(1),
      budget: 400,
      signal: controller.signal,
    });
    await rounds.next();
    controller.abort();
    const next = await rounds.next();
    expect(next.done).toBe(true);
    expect((next.value as SolverSearchResult).status).toBe("aborted");
  });

  test("refuses budgets below the fixed schedules and objectives that never work", async () => {
    expect(() =>
      searchSolver({ evaluations: 5, objective: objective.schedule, schedule: noise, key: key(1), budget: 50 }),
    ).toThrow("searchSolver: budget is out of range (got 50, expected an integer >= 96).");
    await expect(run({ objective: () => Number.NaN })).rejects.toThrow("no fixed schedule has a finite error");
  });
});

describe("the comparison with published solvers", () => {
  test("finds the best of them, and beats it on unseen points also with a small budget", async () => {
    const rounds: number[] = [];
    const check = await searchCheck({
      mixture: BUMPS,
      evaluations: 5,
      budget: 296,
      seeds: [1],
      trainPoints: 128,
      testPoints: 128,
      onProgress: ({ evaluated }) => rounds.push(evaluated),
    });
    expect(rounds.at(-1)).toBe(296);
    expect(check.fixed.name).toMatch(/, (time|log|karras)/);
    const again = bestFixed(flowObjective(BUMPS, noise, key(1_000_003), 128), noise, 5);
    expect(check.fixed).toEqual(again);
    expect(check.ratio).toBe(check.searches[0].testError / check.fixed.error);
    expect(check.ratio).toBeLessThan(1);
  });
});

describe("solver schedules", () => {
  const valid: SolverSchedule = {
    timesteps: [1, 0.5, 0.1],
    order: [1, 2],
    data: [true, false],
    corrector: [true, false],
  };
  const cases: readonly (readonly [object, string])[] = [
    [{ ...valid, timesteps: [1] }, "solverSchedule: timesteps must list at least 2 times"],
    [{ ...valid, timesteps: [1, 1, 0.1] }, "solverSchedule: timesteps must decrease (got 1 after 1"],
    [{ ...valid, order: [1, 3] }, "solverSchedule: order[1] is out of range (got 3, expected an integer from 1 to 2)."],
    [{ ...valid, order: [1, 2, 2] }, "solverSchedule: one decision per step is needed (got 3 of them, expected 2)."],
    [
      { ...valid, points: [0, 2] },
      "solverSchedule: points[1] is out of range (got 2, expected an integer from 0 to 1).",
    ],
    [{ ...valid, corrector: [false, true] }, "solverSchedule: the last step has no call at its end to correct with"],
    [{ ...valid, data: [1, 0] }, "solverSchedule: data[0] and corrector[0] must be true or false (got 1 and true)."],
    [{ ...valid, relax: [0, "quadratic"] }, 'solverSchedule: unknown relax[1] (got "quadratic"'],
    [{ ...valid, relax: [0, Number.NaN] }, "solverSchedule: relax[1] must be a number, a name or null (got NaN)."],
    [{ ...valid, steps: 3 }, 'solverSchedule: unknown option (got "steps"'],
  ];
  for (const [schedule, message] of cases) {
    test(message, () => {
      expect(() => solverSchedule(schedule)).toThrow(message);
    });
  }

  test("relaxations by name tend to 1 for short steps, and change long ones", () => {
    const levels = [1, 0.9, 0.8, 0.7].map((t) => vpLinear().level(t));
    for (const relax of ["half-exp", "dpm-2", "bh1", 0.1] as const) {
      const plain = usf({ order: 2 }).plan(levels);
      const scaled = usf({ order: 2, relax }).plan(levels);
      expect(scaled.evaluations).toBe(plain.evaluations);
      expect(scaled.instructions).not.toEqual(plain.instructions);
    }
    expect(() => usf({ order: [1, 2], data: [true] })).toThrow(
      "usf: the lists of decisions differ in length (got 2, 1",
    );
  });
});
