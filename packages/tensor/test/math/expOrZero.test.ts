/** The exponential inside of softmax: as good as `exp` where that is a normal number, 0 below. */
import { describe, expect, it } from "vitest";
import { expOrZero } from "../../src/kernel/math/exp.ts";
import { seeded } from "../support/random.ts";
import { evaluate, evaluateWasm, floats, mapKernel, type Float } from "./evaluate.ts";
import { REFERENCE } from "./reference.ts";
import { ulpError } from "./ulp.ts";

const COUNT = 20_000;
/** Logarithms of the smallest normal number. */
const SMALLEST: Record<Float, number> = { f32: -126 * Math.LN2, f64: -1022 * Math.LN2 };

describe.each(["f32", "f64"] as const)("expOrZero in %s", (ty) => {
  const kernel = mapKernel(ty, expOrZero);
  const both = (x: readonly number[]): readonly number[] => {
    const values = evaluate(kernel, ty, floats(ty, x), floats(ty, x));
    expect(evaluateWasm(kernel, ty, floats(ty, x), floats(ty, x))).toEqual(values);
    return [...values];
  };

  it("is right to an ulp as far as the result is a normal number", () => {
    const random = seeded(7);
    const least = SMALLEST[ty] * 0.9999;
    const x = floats(
      ty,
      Array.from({ length: COUNT }, (_, i) => (i % 2 === 0 ? least * random.next() : -(10 ** (-8 * random.next())))),
    );
    let worst = 0;
    both([...x]).forEach((y, i) => (worst = Math.max(worst, ulpError(ty, y, REFERENCE.exp(x[i], 0)))));
    expect(worst).toBeLessThanOrEqual(1);
  });

  it("ends in 0, without a step back", () => {
    const x = Array.from({ length: 400 }, (_, i) => SMALLEST[ty] * (0.99 + 0.0001 * i));
    const y = both(x);
    for (let i = 1; i < y.length; i++) expect(y[i]).toBeLessThanOrEqual(y[i - 1]);
    expect(both([SMALLEST[ty] - 1, 2 * SMALLEST[ty], -1e30, -Infinity])).toEqual([0, 0, 0, 0]);
  });

  it("is 1 at 0 and NaN at NaN", () => {
    expect(both([0, -0, NaN])).toEqual([1, 1, NaN]);
  });
});
