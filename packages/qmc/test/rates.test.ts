/** Measured rates: errors of randomised points against their number, and how often adaptive cubature keeps its word. */
import {
  cubQmcLattice,
  cubQmcNet,
  iidUniform,
  integrate,
  keister,
  lattice,
  periodize,
  repStudentT,
  sobol,
  type Criterion,
  type Sequence,
} from "@ansatz/qmc";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const R = 40;
const { psi } = periodize("baker");

/** log2 of root mean square errors of prod_j (1 + (e^x_j - e + 1) / 2), whose integral is 1, for n = 2^4 … 2^11. */
function slope(points: Sequence, periodic: boolean): number {
  const d = points.dimension;
  const exponents = [4, 5, 6, 7, 8, 9, 10, 11];
  const logs = exponents.map((m) => {
    const n = 2 ** m;
    const u = points.array(0, n);
    let square = 0;
    for (let r = 0; r < R; r++) {
      let mean = 0;
      for (let i = 0; i < n; i++) {
        let value = 1;
        for (let j = 0; j < d; j++) {
          const x = u[(r * n + i) * d + j];
          value *= 1 + (Math.exp(periodic ? psi(x) : x) - Math.E + 1) / 2;
        }
        mean += value / n;
      }
      square += (mean - 1) ** 2 / R;
    }
    return 0.5 * Math.log2(square);
  });
  // Least squares.
  const x = exponents.reduce((a, b) => a + b) / exponents.length;
  const y = logs.reduce((a, b) => a + b) / logs.length;
  const top = exponents.reduce((sum, m, k) => sum + (m - x) * (logs[k] - y), 0);
  return top / exponents.reduce((sum, m) => sum + (m - x) ** 2, 0);
}

describe("rates in one dimension", () => {
  const options = { dimension: 1, key: key(2024), replications: R };
  test.each<[string, Sequence, boolean, number, number]>([
    ["independent points", iidUniform(options), false, -0.6, -0.4],
    ["digital shifts", sobol({ ...options, scramble: "ds" }), false, -1.1, -0.9],
    ["hashed nested scrambling", sobol({ ...options, scramble: "nus", bits: 53 }), false, -1.65, -1.35],
    ["nested scrambling by a tree", sobol({ ...options, scramble: "nus-tree" }), false, -1.65, -1.35],
    ["interlacing by two", sobol({ ...options, alpha: 2 }), false, -Infinity, -2.2],
    ["interlacing by three", sobol({ ...options, alpha: 3 }), false, -Infinity, -2.8],
    ["shifted lattices", lattice(options), false, -1.1, -0.9],
    ["shifted lattices with the tent", lattice(options), true, -2.2, -1.8],
  ])("%s", (_, points, periodic, low, high) => {
    const found = slope(points, periodic);
    expect(found).toBeGreaterThanOrEqual(low);
    expect(found).toBeLessThanOrEqual(high);
  });
});

test("rates in two dimensions", () => {
  const options = { dimension: 2, key: key(7), replications: R };
  for (const scramble of ["lms-ds", "nus"] as const)
    expect(slope(sobol({ ...options, scramble }), false)).toBeLessThan(-1.25);
  expect(slope(sobol({ ...options, alpha: 2 }), false)).toBeLessThan(-1.9);
  expect(slope(lattice(options), true)).toBeLessThan(-1.75);
});

describe("reliability: errors within the tolerance in at least 97 of 100 runs", () => {
  test.each<[string, Criterion, number, number]>([
    ["net, d = 1", cubQmcNet({ absoluteTolerance: 1e-3 }), 1, 1e-3],
    ["net, d = 3", cubQmcNet({ absoluteTolerance: 1e-2 }), 3, 1e-2],
    ["lattice, d = 1", cubQmcLattice({ absoluteTolerance: 1e-3 }), 1, 1e-3],
    ["lattice, d = 3", cubQmcLattice({ absoluteTolerance: 1e-2 }), 3, 1e-2],
    ["replications, d = 3", repStudentT({ absoluteTolerance: 1e-2, replications: 16 }), 3, 1e-2],
  ])("%s", async (_, criterion, dimension, tolerance) => {
    const f = keister({ dimension });
    let kept = 0;
    const sizes: number[] = [];
    for (let seed = 0; seed < 100; seed++) {
      const { value, size } = await integrate(criterion, { integrand: f, key: key(seed) });
      if (Math.abs(value[0] - f.exact![0]) <= tolerance) kept++;
      sizes.push(size);
    }
    expect(kept).toBeGreaterThanOrEqual(97);
    sizes.sort((a, b) => a - b);
    if (criterion.name !== "repStudentT") expect(sizes[50]).toBe(2048);
  });
});
