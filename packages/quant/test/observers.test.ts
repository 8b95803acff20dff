import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { key, normal } from "@ansatz/tensor/random";
import {
  MSE,
  addToHistogram,
  affineFormat,
  entropyThreshold,
  histogramOf,
  metricObserver,
  minMaxObserver,
  observeAll,
  observers,
  percentile,
  percentileObserver,
  perChannel,
  searchThreshold,
  squaredError,
} from "@ansatz/quant";

const x = (await normal(key(3), [4000]).data()) as Float32Array;
const batches = [x.subarray(0, 500), x.subarray(500, 1700), x.subarray(1700)];

describe.each(observers(8).map((observer) => [observer.name, observer] as const))("%s", (_, observer) => {
  test("gives a range within the values, around zero", () => {
    const { min, max } = observeAll(observer, batches);
    expect(min).toBeLessThan(0);
    expect(max).toBeGreaterThan(0);
    // A threshold of 8 bits may reach half a step beyond the largest value.
    const largest = x.reduce((m, v) => Math.max(m, Math.abs(v)), 0) * 1.01;
    expect(Math.max(-min, max)).toBeLessThanOrEqual(largest);
    expect(Math.max(-min, max)).toBeGreaterThan(0.4 * largest);
  });

  test("says so when it has seen nothing, nothing finite, or an empty batch", () => {
    expect(() => observer.range(observer.init())).toThrow("no values have been seen");
    expect(() => observer.observe(observer.init(), [])).toThrow("is empty");
    expect(() => observer.observe(observer.init(), [1, NaN])).toThrow("not finite (got NaN at index 1");
    expect(() => observer.observe(observer.init(), [Infinity])).toThrow("not finite (got Infinity at index 0");
  });

  test("takes constant zeros", () => {
    const { min, max } = observeAll(observer, [[0, 0, 0]]);
    expect(min).toBeLessThanOrEqual(0);
    expect(max).toBeGreaterThanOrEqual(0);
  });
});

test("histograms lose no value, whatever the order of magnitude", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1 }), { minLength: 1 }),
      (lists) => {
        let h = histogramOf(lists[0], 64);
        for (const list of lists.slice(1)) h = addToHistogram(h, list);
        const all = lists.flat();
        expect(h.total).toBe(all.length);
        expect(h.counts.reduce((a, b) => a + b, 0)).toBe(all.length);
        expect([h.min, h.max]).toEqual([Math.min(...all), Math.max(...all)]);
        expect(h.reach).toBeGreaterThanOrEqual(Math.max(-h.min, h.max));
      },
    ),
    { examples: [[[[-5e-324], [1e-320, 5e-324]]], [[[-1e-310], [1e9]]]] },
  );
});

test("streamed percentiles and searches are close to those of all values at once", () => {
  const streamed = observeAll(percentileObserver({ p: 99 }), batches).max;
  const exact = percentile(x.map(Math.abs), 99);
  expect(Math.abs(streamed - exact)).toBeLessThan(0.02);
  const fine = searchThreshold(x, { bits: 4, metric: MSE });
  const coarse = observeAll(metricObserver({ bits: 4, metric: MSE }), batches);
  expect(Math.abs(-coarse.min - 8 * fine.scale)).toBeLessThan(0.12);
});

test("a searched threshold beats min-max at four bits", () => {
  const { value } = searchThreshold(x, { bits: 4, metric: MSE });
  const format = affineFormat({ type: "u4" });
  const plain = squaredError(x, format.decode(format.encode(x, [x.length]), [x.length])) / x.length;
  expect(value).toBeLessThan(0.8 * plain);
  const either = searchThreshold(x, { bits: 4, metric: MSE, eitherZero: true });
  expect(either.value).toBeLessThanOrEqual(value);
});

test("unsigned codes refuse negative values", () => {
  expect(() => searchThreshold([1, -1], { bits: 4, metric: MSE, unsigned: true })).toThrow("unsigned data");
  expect(() => searchThreshold([1], { bits: 9, metric: MSE })).toThrow("bits is out of range (got 9");
  expect(() => searchThreshold([1], { bits: 4, metric: { power: 0 } })).toThrow("power is out of range");
});

test("channels are observed apart", () => {
  const observer = perChannel(minMaxObserver(), 2);
  const states = observer.observe(observer.observe(observer.init(), [1, -5, 2, 6]), [0, 7]);
  expect(observer.ranges(states)).toEqual([
    { min: 0, max: 2 },
    { min: -5, max: 7 },
  ]);
  expect(() => observer.observe(states, [1, 2, 3])).toThrow("no whole number of rows (got 3 values");
});

test("entropy calibration needs as many bins as levels", () => {
  expect(() => entropyThreshold(new Float64Array(100), 1)).toThrow("too few bins (got 100");
});
