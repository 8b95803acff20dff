import { describe, expect, test } from "vitest";
import { buildPlan, phi, runPlanNumeric, transfer, vpLevel } from "@ansatz/samplers";

const from = vpLevel(-1);
const to = vpLevel(1);

describe("plans", () => {
  test("merge equal values, drop zeros and pass single values through", () => {
    const plan = buildPlan("test", (b) => {
      const m = b.evaluate(b.start, from, "epsilon");
      expect(
        b.combine([
          [0.25, m],
          [0.75, m],
          [0, b.start],
        ]),
      ).toBe(m);
      const sum = b.combine([
        [2, b.start],
        [1, m],
        [1, m],
      ]);
      b.finish(sum, to);
    });
    const combine = plan.instructions.find(({ op }) => op === "combine");
    expect(combine).toMatchObject({
      terms: [
        [2, 0],
        [2, 1],
      ],
    });
    expect(plan).toMatchObject({ evaluations: 1, steps: 1, noisy: false });
  });

  test("know where each value is used last", () => {
    const plan = buildPlan("test", (b) => {
      const m = b.evaluate(b.start, from, "epsilon");
      const half = b.combine([
        [0.5, b.start],
        [0.5, m],
      ]);
      const n = b.evaluate(half, from, "epsilon");
      b.finish(
        b.combine([
          [1, b.start],
          [1, n],
        ]),
        to,
      );
    });
    // evaluate m, combine half, evaluate n, combine x, finish (which also needs half and n for x0).
    expect(plan.instructions.map(({ op }) => op)).toEqual(["evaluate", "combine", "evaluate", "combine", "finish"]);
    expect(plan.lastUse).toEqual([4, 1, 4, 4, 5]);
  });

  test("carry the estimate of the clean signal of each step's last call", () => {
    const plan = buildPlan("test", (b) => {
      const m = b.evaluate(b.start, from, "x0");
      b.finish(b.combine([[2, m]]), to);
      b.finish(b.combine([[3, m]]), to);
    });
    const finishes = plan.instructions.filter(({ op }) => op === "finish");
    expect(finishes[0]).toMatchObject({ denoised: [[1, 1]] });
    expect(finishes[1]).toMatchObject({ denoised: [] });
  });

  test("refuse coefficients that are not finite", () => {
    expect(() =>
      buildPlan("test", (b) => {
        b.combine([[Infinity, b.start]]);
      }),
    ).toThrow("test: step 0 has no finite update (got a coefficient of Infinity). Start below pure noise");
  });

  test("run on plain arrays", () => {
    const plan = buildPlan("test", (b) => {
      const m = b.evaluate(b.start, from, "epsilon");
      b.finish(
        b.combine([
          [2, b.start],
          [-1, m],
          [0.5, b.noise(from, to)],
        ]),
        to,
      );
    });
    const model = (x: Float64Array): Float64Array => x.map((v) => v * v);
    const noise = (): Float64Array => Float64Array.of(4, 8);
    expect(runPlanNumeric(plan, Float64Array.of(1, 3), model, { noise }).map((x) => [...x])).toEqual([[3, 1]]);
    expect(() => runPlanNumeric(plan, Float64Array.of(1), model)).toThrow(
      "runPlanNumeric: the plan draws noise (got no noise function). Pass one.",
    );
  });
});

describe("phi functions", () => {
  test("agree with their series and recurrence on both sides of the switch", () => {
    for (const x of [-30, -2, -1, -0.999, -0.3, -1e-3, -1e-9, 0, 1e-9, 1e-3, 0.3, 0.999, 1, 2, 30]) {
      for (let j = 1; j <= 5; j++) {
        let term = 1;
        for (let i = 2; i <= j; i++) term /= i;
        let series = 0;
        for (let k = 1; k < 200; k++) {
          series += term;
          term *= x / (k + j);
        }
        // The alternating series itself loses digits for large negative x.
        const loss = x < 0 ? Math.exp(-x) : 1;
        expect(Math.abs(phi(j, x) - series)).toBeLessThan(2e-15 * loss * Math.abs(series) + 1e-15 * loss);
      }
    }
    expect(phi(1, -50)).toBeCloseTo(0.02, 14);
    expect(phi(2, -50)).toBeCloseTo(0.0196, 14);
  });
});

describe("the DDIM map", () => {
  test("is the same for both predictions, and composes", () => {
    const [x0, epsilon] = [0.7, -1.3];
    const at = (level: { alpha: number; sigma: number }): number => level.alpha * x0 + level.sigma * epsilon;
    const noise = transfer("epsilon", from, to);
    const data = transfer("x0", from, to);
    expect(noise.x * at(from) + noise.m * epsilon).toBeCloseTo(at(to), 14);
    expect(data.x * at(from) + data.m * x0).toBeCloseTo(at(to), 14);
  });
});
