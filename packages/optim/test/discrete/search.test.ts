/** The search for small violations: against exact optima, its laws, its options, and what it says about bad input. */
import {
  branchAndBound,
  discreteDestroyers,
  discreteRepairers,
  discreteSearch,
  iterateDiscrete,
  relaxation,
  roundToLevels,
  solveDiscrete,
  violation,
  type DiscreteProblem,
  type DiscreteState,
} from "@ansatz/optim/discrete";
import { csrFromDense } from "@ansatz/optim/linear";
import { ArgumentError, memory, ShapeError, tensor } from "@ansatz/tensor";
import { matrixOperator } from "@ansatz/tensor/linear";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { testDevices } from "../support/devices.ts";

const devices = await testDevices();

async function randomProblem(seed: number, m: number, n: number, levels: readonly number[]): Promise<DiscreteProblem> {
  const values = await normal(key(seed), [m * (n + 1)], { dtype: "f64" }).data();
  const matrix = Array.from({ length: m }, (_, k) => Array.from(values.slice(k * n, (k + 1) * n)));
  return { matrix, target: values.slice(m * n).map((v) => 2 * v), levels };
}

/** The optimum by trying everything. */
async function enumerated(problem: DiscreteProblem, n: number): Promise<number> {
  const levels = problem.levels as readonly number[];
  const rows = problem.matrix as readonly (readonly number[])[];
  const target = problem.target as ArrayLike<number>;
  let best = Infinity;
  for (let code = 0; code < levels.length ** n; code++) {
    const x = Array.from({ length: n }, (_, j) => levels[Math.floor(code / levels.length ** j) % levels.length]);
    let worst = 0;
    for (const [k, row] of rows.entries()) {
      worst = Math.max(worst, Math.abs(row.reduce((s, a, j) => s + a * x[j], -target[k])));
    }
    best = Math.min(best, worst);
  }
  return best;
}

describe("small problems", () => {
  test.each([0, 1, 2, 3, 4, 5])("are solved exactly by branch and bound, and by the search (%i)", async (seed) => {
    const n = 7;
    const problem = await randomProblem(seed, 9, n, [-1, -0.2, 0.5, 1]);
    const optimum = await enumerated(problem, n);
    const exact = await branchAndBound(problem);
    expect(exact.status).toBe("optimal");
    expect(exact.objective).toBeCloseTo(optimum, 12);
    expect(exact.bound).toBe(exact.objective);
    expect(exact.iterations).toBeLessThan(4 ** n / 4);
    const found = await solveDiscrete(problem, { maxIterations: 300 });
    expect(found.objective).toBeCloseTo(optimum, 12);
    expect(found.bound).toBeLessThanOrEqual(optimum + 1e-12);
  });

  test("stop at the limit of nodes with a bound", async () => {
    const problem = await randomProblem(8, 10, 12, [-1, 0, 1]);
    const result = await branchAndBound(problem, { maxNodes: 10 });
    expect(result.status).toBe("node-limit");
    expect(result.bound).toBeLessThan(result.objective);
    expect(result.message).toContain("10 nodes");
  });
});

describe("laws", () => {
  test("signs and repetitions of rows change nothing, more rows never help", async () => {
    const problem = await randomProblem(11, 8, 6, [-1, 0, 1]);
    const rows = problem.matrix as readonly (readonly number[])[];
    const target = problem.target as Float64Array;
    const turned: DiscreteProblem = {
      ...problem,
      matrix: [...rows.map((row) => row.map((v) => -v)), rows[0]],
      target: [...target.map((v) => -v), target[0]],
    };
    const fewer: DiscreteProblem = { ...problem, matrix: rows.slice(1), target: target.slice(1) };
    const { objective } = await branchAndBound(problem);
    expect((await branchAndBound(turned)).objective).toBeCloseTo(objective, 12);
    expect((await branchAndBound(fewer)).objective).toBeLessThanOrEqual(objective + 1e-12);
  });

  test("weights scale rows", async () => {
    const problem = await randomProblem(12, 6, 5, [-1, 0, 1]);
    const rows = problem.matrix as readonly (readonly number[])[];
    const target = problem.target as Float64Array;
    const weights = [1, 2, 0.5, 3, 1, 1.5];
    const scaled: DiscreteProblem = {
      matrix: rows.map((row, k) => row.map((v) => v * weights[k])),
      target: target.map((v, k) => v * weights[k]),
      levels: problem.levels,
    };
    const a = await solveDiscrete({ ...problem, weights }, { maxIterations: 50 });
    const b = await solveDiscrete(scaled, { maxIterations: 50 });
    expect(a.objective).toBeCloseTo(b.objective, 12);
    expect(Array.from(a.value)).toEqual(Array.from(b.value));
  });

  test("the rounded relaxation costs at most half a step times the largest row", async () => {
    const problem = await randomProblem(13, 12, 6, [-1, -0.5, 0, 0.5, 1]);
    const { bound, value, exact } = await relaxation(problem);
    expect(exact).toBe(true);
    expect((await violation(problem, value)).objective).toBeCloseTo(bound, 9);
    const { objective } = await violation(problem, await roundToLevels(problem, value));
    const rows = problem.matrix as readonly (readonly number[])[];
    const largest = Math.max(...rows.map((row) => row.reduce((s, v) => s + Math.abs(v), 0)));
    expect(objective).toBeLessThanOrEqual(bound + 0.25 * largest + 1e-9);
  });

  test("bounds of one side, and none", async () => {
    const problem: DiscreteProblem = {
      matrix: [
        [1, 1],
        [1, -1],
        [1, 0],
      ],
      lower: [3, -Infinity, -Infinity],
      upper: [Infinity, 0, Infinity],
      levels: [0, 1, 2],
    };
    const { objective, value, status } = await solveDiscrete(problem);
    expect([objective, status]).toEqual([0, "optimal"]);
    expect(value[0] + value[1]).toBeGreaterThanOrEqual(3);
    expect(value[0]).toBeLessThanOrEqual(value[1]);
  });

  test("empty problems", async () => {
    expect((await solveDiscrete({ matrix: [], target: [], levels: [0, 1] })).objective).toBe(0);
    const none = await solveDiscrete({ matrix: [[], []], target: [1, -3], levels: [0, 1] });
    expect([none.objective, none.status, none.value.length]).toEqual([3, "optimal", 0]);
  });
});

describe("the search", () => {
  test("depends on the key alone, and can be run by hand, stopped and resumed as data", async () => {
    const problem = await randomProblem(21, 30, 16, [-1, -0.5, 0, 0.5, 1]);
    const options = { key: key(5), patience: 10 };
    const whole = await solveDiscrete(problem, { ...options, maxIterations: 40 });
    const search = await discreteSearch(problem, options);
    let state: DiscreteState = await search.init();
    for (let i = 0; i < 40; i++) {
      if (i === 20) {
        const text = JSON.stringify(state, (_, v: unknown) => (v instanceof Int32Array ? { ints: [...v] } : v));
        state = JSON.parse(text, (_, v) => (typeof v?.ints === "object" ? Int32Array.from(v.ints) : v));
      }
      state = await search.step(state);
    }
    search.dispose();
    expect(state.best.objective).toBe(whole.objective);
    expect(Array.from(state.best.indices)).toEqual(Array.from(whole.indices));
    const other = await solveDiscrete(problem, { ...options, key: key(6), maxIterations: 40 });
    expect(other.cost).not.toEqual(whole.cost);
  });

  test("never loses its starts", async () => {
    const problem = await randomProblem(22, 20, 10, [-1, 0, 1]);
    const start = [1, 1, 1, 0, 0, 0, -1, -1, -1, 0];
    const good = (await solveDiscrete(problem, { maxIterations: 200 })).value;
    const none = await solveDiscrete(problem, { start, maxIterations: 0, bound: false });
    expect(none.started).toEqual(await violation(problem, start));
    expect(none.objective).toBeLessThan(none.started.objective);
    const both = await solveDiscrete(problem, { start: [start, good], maxIterations: 0 });
    expect(both.started).toEqual(none.started);
    expect(both.objective).toBeLessThanOrEqual((await violation(problem, good)).objective);
    for (let i = 1; i < both.history.length; i++) expect(both.history[i]).toBeLessThanOrEqual(both.history[i - 1]);
  });

  test("guards the sum of squares", async () => {
    const problem = await randomProblem(23, 40, 20, [-1, -0.5, 0, 0.5, 1]);
    const { value } = await relaxation(problem);
    const start = await roundToLevels(problem, value);
    const guarded = await solveDiscrete(problem, { start, squares: "guard", maxIterations: 100 });
    expect(guarded.squares).toBeLessThanOrEqual(guarded.started.squares * (1 + 1e-9));
    expect(guarded.objective).toBeLessThan(guarded.started.objective);
    const free = await solveDiscrete(problem, { start, maxIterations: 100 });
    expect(free.objective).toBeLessThanOrEqual(guarded.objective);
  });

  test("reports what it finds, and ends when told to", async () => {
    const problem = await randomProblem(24, 30, 16, [-1, -0.5, 0, 0.5, 1]);
    const seen: number[] = [];
    const controller = new AbortController();
    const result = await solveDiscrete(problem, {
      start: new Array(16).fill(1),
      onBest: ({ objective, value }) => {
        seen.push(objective);
        expect(value).toHaveLength(16);
        controller.abort();
      },
      signal: controller.signal,
    });
    expect(result.status).toBe("aborted");
    expect(seen).toEqual([result.objective]);
    expect((await solveDiscrete(problem, { timeLimit: 0 })).status).toBe("time-limit");
    const steps = iterateDiscrete(problem, { maxIterations: 3 });
    let count = 0;
    for await (const { iteration } of steps) expect(iteration).toBe(++count);
    expect(count).toBe(3);
  });

  test("takes matrices in every form", async () => {
    const problem = await randomProblem(25, 6, 4, [-1, 0, 1]);
    const rows = problem.matrix as number[][];
    const dense = tensor(rows, { dtype: "f64" });
    const results = await Promise.all(
      [rows, dense, csrFromDense(rows), matrixOperator(dense)].map((matrix) =>
        solveDiscrete({ ...problem, matrix }, { maxIterations: 20 }),
      ),
    );
    for (const { objective, history } of results) {
      expect(objective).toBe(results[0].objective);
      expect(history).toEqual(results[0].history);
    }
  });

  test.each(devices)("evaluates pairs on device %s", async (device) => {
    const problem = await randomProblem(26, 40, 24, [-1, -0.5, 0, 0.5, 1]);
    const start = new Array<number>(24).fill(0);
    const host = await solveDiscrete(problem, { start, maxIterations: 0, bound: false });
    const before = memory(device).used;
    const there = await solveDiscrete(problem, { start, maxIterations: 0, bound: false, device });
    // The matrix alone takes 3840 bytes.
    expect(memory(device).used).toBeLessThan(before + 1024);
    // Both take the best pair in every step, so they go the same way.
    expect(Array.from(there.value)).toEqual(Array.from(host.value));
    expect(there.objective).toBeLessThan(0.7 * there.started.objective);
  });

  test("the ways to leave an optimum have unique names", () => {
    for (const list of [discreteDestroyers, discreteRepairers]) {
      expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
    }
  });
});

describe("bad input", () => {
  const good: DiscreteProblem = { matrix: [[1, 2]], target: [1], levels: [0, 1] };
  test.each<[string, Partial<DiscreteProblem>, typeof ArgumentError, string]>([
    ["a matrix with NaN", { matrix: [[1, NaN]] }, ArgumentError, "not finite (got NaN at row 0, column 1)"],
    ["rows of different lengths", { matrix: [[1, 2], [1]], target: [1, 1] }, ShapeError, "row 1"],
    ["a short target", { target: [] }, ShapeError, "target has another length (got 0, expected 1)"],
    ["both forms of bounds", { lower: [0] }, ArgumentError, "either target, or lower and upper"],
    ["no levels", { levels: [] }, ArgumentError, "levels is empty"],
    ["repeated levels", { levels: [0, 0] }, ArgumentError, "strictly increasing (got 0 before 0)"],
    [
      "unsorted levels of one variable",
      {
        levels: [
          [0, 1],
          [1, 0],
        ],
      },
      ArgumentError,
      "levels[1] must be strictly",
    ],
    ["levels that are not finite", { levels: [0, Infinity] }, ArgumentError, "levels[1] must be finite"],
    ["levels for other variables", { levels: [[0, 1]] }, ShapeError, "got 1, expected 2"],
    ["weights that are not positive", { weights: [0] }, ArgumentError, "weights[0] must be positive (got 0)"],
    ["an unknown field", { goal: 1 } as never, ArgumentError, "goal"],
  ])("%s", async (_, change, type, message) => {
    const run = solveDiscrete({ ...good, ...change });
    await expect(run).rejects.toThrow(type);
    await expect(run).rejects.toThrow(message);
  });

  test("crossed and missing bounds", async () => {
    const { matrix, levels } = good;
    await expect(solveDiscrete({ matrix, levels })).rejects.toThrow("nothing is demanded");
    await expect(solveDiscrete({ matrix, levels, lower: [1], upper: [0] })).rejects.toThrow("crossed");
  });

  test("options", async () => {
    await expect(solveDiscrete(good, { start: [0, 0.4] })).rejects.toThrow("start[1] is not a level (got 0.4");
    await expect(solveDiscrete(good, { destroy: 2 })).rejects.toThrow("destroy");
    await expect(solveDiscrete(good, { patience: 0 })).rejects.toThrow("patience");
    await expect(solveDiscrete(good, { squares: "no" as never })).rejects.toThrow("squares");
    await expect(solveDiscrete(good, { key: 3 as never })).rejects.toThrow("key");
    await expect(solveDiscrete(good, { timeLimit: -1 })).rejects.toThrow("timeLimit");
    await expect(solveDiscrete(good, { maxIterations: 1.5 })).rejects.toThrow("maxIterations");
    await expect(solveDiscrete(good, { unknown: 1 } as never)).rejects.toThrow("unknown");
    await expect(branchAndBound(good, { maxNodes: 0 })).rejects.toThrow("maxNodes");
  });
});
