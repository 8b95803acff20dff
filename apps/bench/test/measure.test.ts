import { describe, expect, it } from "vitest";
import { exactMath, ulpsFrom } from "../src/measure/exactMath.ts";
import { interleave } from "../src/measure/interleave.ts";
import { summarize } from "../src/measure/statistics.ts";
import { quantileError } from "../src/suites/tensor/randomness.ts";

describe("summarize", () => {
  it("gives median and quartiles", () => {
    expect(summarize([5, 1, 3, 2, 4])).toEqual({ median: 3, min: 1, max: 5, q1: 2, q3: 4, runs: 5 });
    expect(summarize([1, 2]).median).toBe(1.5);
    expect(() => summarize([])).toThrow("summarize: no values");
  });
});

describe("interleave", () => {
  it("times every contender once per round, in rotating order", async () => {
    const calls: string[] = [];
    const contender = (name: string, seconds: number) => ({
      name,
      time(repeats: number) {
        calls.push(name);
        return repeats * seconds;
      },
    });
    const contenders = [contender("a", 0.01), contender("b", 0.004)];
    const times = await interleave(contenders, { rounds: 4, seconds: 0.02, signal: new AbortController().signal });
    expect(times.map((list) => list.length)).toEqual([4, 4]);
    for (const value of times[0]) expect(value).toBeCloseTo(0.01, 12);
    for (const value of times[1]) expect(value).toBeCloseTo(0.004, 12);
    expect(calls.slice(-8)).toEqual(["a", "b", "b", "a", "a", "b", "b", "a"]);
  });

  it("stops when the signal is raised", async () => {
    const controller = new AbortController();
    const contender = {
      name: "a",
      time: () => {
        controller.abort();
        return 1;
      },
    };
    await expect(interleave([contender], { signal: controller.signal })).rejects.toThrow("stopped by the user");
  });
});

describe("exactMath", () => {
  // First digits of the numbers as tables have them.
  const KNOWN: [keyof typeof exactMath, number, number, number][] = [
    ["exp", 1, 2.718281828459045, 1.4456468917292502e-16],
    ["log", 2, 0.6931471805599453, 2.3190468138462996e-17],
    ["log", 10, 2.302585092994046, -2.1707562233822494e-16],
    ["erf", 1, 0.8427007929497149, -2.48010117891186e-17],
  ];
  it.each(KNOWN)("%s(%d) is known to more than double precision", (name, x, high, low) => {
    const found = exactMath[name](x);
    expect(found.high).toBe(high);
    expect(Math.abs(found.low - low)).toBeLessThan(1e-30);
  });

  it("agrees with the engine's functions to their accuracy", () => {
    for (let i = 1; i < 400; i++) {
      const x = Math.sin(i) * 10 ** ((i % 9) - 4);
      expect(ulpsFrom(Math.sin(x), exactMath.sin(x), "f64")).toBeLessThan(1);
      expect(ulpsFrom(Math.cos(x), exactMath.cos(x), "f64")).toBeLessThan(1);
      expect(ulpsFrom(Math.log(Math.abs(x)), exactMath.log(Math.abs(x)), "f64")).toBeLessThan(1);
      const y = Math.max(-300, Math.min(300, x));
      expect(ulpsFrom(Math.exp(y), exactMath.exp(y), "f64")).toBeLessThan(1);
      expect(ulpsFrom(Math.tanh(x), exactMath.tanh(x), "f64")).toBeLessThan(3);
    }
  });

  it("keeps to the identities sin^2 + cos^2 = 1 and erf(-x) = -erf(x)", () => {
    for (const x of [1e-9, 0.3, 2, 700.25, 1e5]) {
      const [s, c] = [exactMath.sin(x), exactMath.cos(x)];
      expect(s.high ** 2 + c.high ** 2).toBeCloseTo(1, 15);
      expect(exactMath.erf(-x).high).toBe(-exactMath.erf(x).high);
    }
  });

  it("counts units of the last place of the wanted type", () => {
    expect(ulpsFrom(1 + 2 ** -52, { high: 1, low: 0 }, "f64")).toBe(1);
    expect(ulpsFrom(1 + 2 ** -23, { high: 1, low: 0 }, "f32")).toBe(1);
    expect(ulpsFrom(1, { high: 1, low: 2 ** -54 }, "f64")).toBe(0.25);
    expect(ulpsFrom(NaN, { high: 1, low: 0 }, "f32")).toBe(Infinity);
  });
});

describe("quantileError", () => {
  it("is nothing for a rounded quantile and sees a wrong one", () => {
    // The word 0x26d0a2c3 without sign: tail probability (m + 1/2) / 2^32.
    const word = 0x26d0a2c3;
    const tail = (word + 0.5) / 2 ** 32;
    let [low, high] = [0, 8];
    for (let i = 0; i < 100; i++) {
      const z = (low + high) / 2;
      const erf = exactMath.erf(z / Math.SQRT2);
      if ((1 - erf.high - erf.low) / 2 > tail) low = z;
      else high = z;
    }
    const z = Math.fround(low);
    expect(quantileError(word, z)).toBeLessThan(1e-12);
    expect(quantileError(word, z + 1e-6)).toBeGreaterThan(8e-7);
    expect(quantileError(word, -z)).toBe(Infinity);
    expect(quantileError((word | 0x80000000) >>> 0, -z)).toBeLessThan(1e-12);
  });
});
