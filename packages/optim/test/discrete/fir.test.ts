/** Filters with few bits. */
import { branchAndBound, designFir, firAmplitude, firGrid, firProblem } from "@ansatz/optim/discrete";
import { describe, expect, test } from "vitest";

describe("designs", () => {
  test.each([
    ["lowpass", [0.3, 0.5]],
    ["highpass", [0.3, 0.5]],
    ["bandpass", [0.2, 0.35, 0.65, 0.8]],
    ["bandstop", [0.2, 0.35, 0.65, 0.8]],
  ] as const)("%s: the response is what is reported, and better than rounding", async (type, edges) => {
    const design = await designFir({ order: 16, bits: 6, type, edges }, { maxIterations: 150 });
    const { coefficients, ripple, response, continuous, rounded } = design;
    expect(coefficients).toHaveLength(17);
    for (const c of coefficients) expect(Number.isInteger(c * 32)).toBe(true);
    const deviation = response.amplitude.map((a, i) => Math.abs(a - response.desired[i]));
    expect(Math.max(...deviation)).toBeCloseTo(ripple, 12);
    expect(ripple).toBeLessThanOrEqual(rounded.ripple);
    expect(ripple).toBeGreaterThanOrEqual(continuous.ripple);
    // The amplitude is the modulus of the transfer function, up to sign.
    const w = 0.37 * Math.PI;
    const [re, im] = [Math.cos, Math.sin].map((f) => coefficients.reduce((s, h, n) => s + h * f(w * n), 0));
    expect(Math.abs(firAmplitude(coefficients, [0.37])[0])).toBeCloseTo(Math.hypot(re, im), 12);
  });

  test("a tiny one is optimal", async () => {
    const specification = { order: 6, bits: 4, type: "lowpass", edges: [0.3, 0.7] } as const;
    const exact = await branchAndBound(firProblem(specification));
    expect(exact.status).toBe("optimal");
    const { ripple } = await designFir(specification, { maxIterations: 200 });
    expect(ripple).toBeCloseTo(exact.objective, 12);
  });

  test("weights move the ripple to the other band", async () => {
    const specification = { order: 14, bits: 10, type: "lowpass", edges: [0.3, 0.5] } as const;
    const even = await designFir(specification, { maxIterations: 50 });
    const strict = await designFir({ ...specification, stopWeight: 20 }, { maxIterations: 50 });
    const stop = ({ response: { amplitude, bands } }: typeof even): number =>
      Math.max(...amplitude.map((a, i) => (bands[i] === 1 ? Math.abs(a) : 0)));
    expect(stop(strict)).toBeLessThan(0.3 * stop(even));
  });

  test("grids share points out by width", () => {
    const { frequencies, bands, desired } = firGrid({
      order: 8,
      bits: 8,
      type: "bandpass",
      edges: [0.25, 0.5, 0.75, 0.875],
      density: 10,
    });
    // Widths 1/4, 1/4, 1/8 of 5/8: 32, 32, 16 points.
    expect([0, 1, 2].map((b) => bands.filter((v) => v === b).length)).toEqual([32, 32, 16]);
    expect([frequencies[0], frequencies[31], frequencies[32], frequencies[79]]).toEqual([0, 0.25, 0.5, 1]);
    expect(desired[40]).toBe(1);
  });
});

describe("bad input", () => {
  const good = { order: 8, bits: 6, type: "lowpass", edges: [0.3, 0.5] } as const;
  test.each<[object, string]>([
    [{ order: 7 }, "order must be even"],
    [{ bits: 1 }, "bits"],
    [{ bits: 30 }, "at most 24"],
    [{ type: "notch" }, "unknown type"],
    [{ edges: [0.5, 0.3] }, "edges do not fit"],
    [{ edges: [0.2, 0.3, 0.4, 0.5] }, "expected 2 increasing"],
    [{ density: 0 }, "density"],
    [{ passWeight: 0 }, "passWeight"],
    [{ taps: 3 }, "taps"],
  ])("%o", async (change, message) => {
    await expect(designFir({ ...good, ...change } as never)).rejects.toThrow(message);
  });

  test("responses that are not symmetric", () => {
    expect(() => firAmplitude([1, 2], [0])).toThrow("odd");
    expect(() => firAmplitude([1, 2, 3], [0])).toThrow("symmetric");
  });
});
