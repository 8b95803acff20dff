/** Tools that judge point sets. */
import {
  discrepancy,
  elementaryIntervals,
  faure,
  iidUniform,
  latinHypercube,
  projectionMatrix,
  sobol,
  tValue,
} from "@ansatz/qmc";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

test("t of the matrices is t of the points, which scrambling does not change", () => {
  for (const coordinates of [
    [0, 1, 2],
    [3, 4, 7],
    [0, 5, 9],
  ]) {
    for (const m of [3, 5, 7]) {
      const t = tValue(sobol({ coordinates }), m);
      for (const scramble of ["none", "lms-ds", "nus"] as const) {
        const net = sobol({ coordinates, scramble, key: scramble === "none" ? undefined : key(m) });
        const points = net.array(0, 2 ** m);
        expect(elementaryIntervals(points, 3, t)).toEqual({
          holds: true,
          fewest: 2 ** t,
          most: 2 ** t,
          shape: undefined,
        });
        if (t > 0) expect(elementaryIntervals(points, 3, t - 1).holds).toBe(false);
      }
      expect(tValue(sobol({ coordinates, key: key(1) }), m)).toBe(t);
    }
  }
});

test("intervals of other bases, and points that are no net", () => {
  expect(elementaryIntervals(faure({ dimension: 3 }).array(0, 81), 3, 0, 3).holds).toBe(true);
  const report = elementaryIntervals(iidUniform({ dimension: 2, key: key(1) }).array(0, 64), 2, 0);
  expect(report.holds).toBe(false);
  expect(report.most).toBeGreaterThan(1);
  expect(report.shape?.reduce((a, b) => a + b)).toBe(6);
});

describe("discrepancies", () => {
  test("of one point in the middle, by hand", () => {
    expect(discrepancy([0.5], 1, "centred")).toBeCloseTo(13 / 12 - 2 + 1, 14);
    expect(discrepancy([0.5], 1, "wrap-around")).toBeCloseTo(3 / 2 - 4 / 3, 14);
    expect(discrepancy([0.5], 1, "mixture")).toBeCloseTo(19 / 12 - 10 / 3 + 15 / 8, 14);
    expect(discrepancy([0.5], 1, "l2-star")).toBeCloseTo(Math.sqrt(1 / 3 - 3 / 4 + 1 / 2), 14);
  });

  test("nets beat Latin hypercubes, which beat independent points", () => {
    const d = 3;
    const sets = [
      sobol({ dimension: d, key: key(2) }),
      latinHypercube({ dimension: d, size: 256, key: key(2) }),
      iidUniform({ dimension: d, key: key(2) }),
    ].map((sequence) => sequence.array(0, 256));
    for (const kind of ["centred", "wrap-around", "mixture", "l2-star"] as const) {
      const [net, latin, iid] = sets.map((points) => discrepancy(points, d, kind));
      expect(net).toBeLessThan(latin / 2);
      expect(latin).toBeLessThan(iid);
    }
  });
});

test("pictures have one square for each pair and one dot for each point", () => {
  const svg = projectionMatrix(sobol({ dimension: 3 }).array(0, 16), 3, { title: "a < b", grid: 8 });
  expect(svg.match(/<g /g)?.length).toBe(9);
  expect(svg.match(/h0/g)?.length).toBe(6 * 16);
  expect(svg).toContain("a &lt; b");
  expect(svg).toContain(">x3<");
});

test.each<[() => unknown, RegExp]>([
  [
    () => tValue(sobol({ dimension: 2, key: key(1), scramble: "nus" }), 4),
    /no generating matrices .*nested scrambling/,
  ],
  [() => tValue(sobol({ dimension: 2, order: "gray" }), 4), /got order gray/],
  [() => tValue(sobol({ dimension: 2 }), 0), /m is out of range/],
  [() => elementaryIntervals([0.1, 0.2, 0.3], 1, 0), /power of the base \(got 3/],
  [() => elementaryIntervals([0.1, 1], 1, 0), /outside the cube \(got 1 at 1/],
  [() => discrepancy([], 1, "centred"), /number of points is out of range/],
  [() => discrepancy([1.5], 1, "centred"), /outside the cube \(got 1.5 at point 0/],
  [() => discrepancy([0.5], 1, "star" as never), /unknown kind/],
  [() => projectionMatrix([0.5], 1, { coordinates: [1] }), /a coordinate is out of range/],
  [() => projectionMatrix([0.5], 1, { cell: 3 }), /cell is out of range/],
])("%s", (make, message) => {
  expect(make).toThrow(message);
});
