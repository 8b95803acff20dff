import {
  cosineRate,
  exponentialRate,
  oneCycle,
  plateau,
  polynomialRate,
  schedules,
  warmup,
  type PlateauState,
} from "@ansatz/optim";
import { ArgumentError } from "@ansatz/tensor";
import { describe, expect, test } from "vitest";

describe.each(schedules)("$name", ({ create }) => {
  test("stays within its largest rate, is pure, and goes on after its end", () => {
    const schedule = create(0.5, 100);
    const values = Array.from({ length: 150 }, (_, i) => schedule(i + 1));
    for (const v of values) {
      expect(v).toBeGreaterThanOrEqual(0);
      expect(v).toBeLessThanOrEqual(0.5 + 1e-15);
    }
    expect(Math.max(...values)).toBeCloseTo(0.5, 3);
    expect(schedule(37)).toBe(values[36]);
    for (const bad of [0, -1, 1.5, Number.NaN]) expect(() => schedule(bad)).toThrow("step is out of range");
    for (const bad of [-1, Number.NaN, Infinity]) expect(() => create(bad, 100)).toThrow(ArgumentError);
  });
});

test("values", () => {
  const cosine = cosineRate({ rate: 1, steps: 10, end: 0.2 });
  expect([cosine(1), cosine(6), cosine(11), cosine(50)].map((v) => Number(v.toFixed(12)))).toEqual([1, 0.6, 0.2, 0.2]);
  const line = polynomialRate({ rate: 1, steps: 10 });
  expect([line(1), line(6), line(11)]).toEqual([1, 0.5, 0]);
  expect(polynomialRate({ rate: 1, steps: 10, power: 2 })(6)).toBe(0.25);
  const stairs = exponentialRate({ rate: 1, decay: 0.5, every: 2, staircase: true, least: 0.2 });
  expect([1, 2, 3, 4, 5, 6, 7].map(stairs)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25, 0.2]);
  expect(exponentialRate({ rate: 1, decay: 0.25, every: 2 })(2)).toBe(0.5);
  const slow = warmup(line, { steps: 4, start: 0.2 });
  expect([1, 3, 5, 10].map(slow).map((v) => Number(v.toFixed(12)))).toEqual([0.2, 0.6, 1, 0.5]);
  const cycle = oneCycle({ peak: 1, steps: 10, rise: 0.5, startDivisor: 10, endDivisor: 10 });
  expect([1, 6, 11].map(cycle).map((v) => Number(v.toFixed(12)))).toEqual([0.1, 1, 0.01]);
});

test("a plateau lowers the rate after its patience, cools down, and stops at its floor", () => {
  const rule = plateau({ rate: 1, factor: 0.5, patience: 1, cooldown: 1, least: 0.2, threshold: 0.1 });
  let state: PlateauState = rule.init();
  const rates = [10, 9.5, 8.9, 9, 9, 9, 9, 9, 9, 9].map((value) => {
    state = rule.step(state, value);
    return state.rate;
  });
  // 10 improves; 9.5 is within the threshold of 10; 8.9 improves; then two values in vain, one that does not count, ...
  expect(rates).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]);
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  expect(rule.step(rule.init(), Number.NaN).waited).toBe(1);
  expect(() => plateau({ rate: 1, factor: 1 })).toThrow("plateau: factor is out of range");
  expect(() => rule.step(state, "1" as never)).toThrow("plateau: value must be a number (got string)");
});

test("options outside their range are named", () => {
  expect(() => cosineRate({ rate: 1, steps: 0 })).toThrow("cosineRate: steps is out of range (got 0");
  expect(() => oneCycle({ peak: 1, steps: 5, rise: 1 })).toThrow("oneCycle: rise is out of range");
  expect(() => warmup(3 as never, { steps: 5 })).toThrow("warmup: schedule must be a function");
  expect(() => exponentialRate({ rate: 1, decay: 0 })).toThrow("exponentialRate: decay is out of range");
  expect(() => polynomialRate({ rate: 1, steps: 5, speed: 1 } as never)).toThrow("unknown option");
});
