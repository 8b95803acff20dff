/** Kernels against their series, Gram matrices against dense algebra. */
import {
  digitalKernel,
  fastGram,
  lattice,
  shiftInvariantKernel,
  sobol,
  type DigitalNet,
  type Lattice,
  type ProductKernel,
} from "@ansatz/qmc";
import { key, normal } from "@ansatz/tensor/random";
import { expect, test } from "vitest";

test("digital kernels are the Walsh series of their definition", () => {
  // What the terms from 2^14 on can add up to, for alpha = 2, where they are largest.
  const tail = 2 ** -14 * 9;
  const points = [0, 0.5, 0.25, 0.8125, 5 / 64, 127 / 128];
  for (const alpha of [1, 2, 3, 4]) {
    const kernel = digitalKernel({ dimension: 1, alpha });
    for (const x of points) {
      const word = x * 2 ** 14;
      let sum = 0;
      for (let k = 1; k < 2 ** 14; k++) {
        // wal_k(x): digit a of k from below meets digit a of x from above.
        let sign = 1;
        const positions: number[] = [];
        for (let a = 0; a < 14; a++) {
          if (((k >> a) & 1) === 0) continue;
          positions.unshift(a + 1);
          if ((word >> (13 - a)) & 1) sign = -sign;
        }
        const mu = positions.slice(0, alpha).reduce((p, q) => p + q);
        sum += sign * (alpha === 1 ? 0.5 * 2 ** (-2 * (positions[0] - 1)) : 2 ** -mu);
      }
      expect(Math.abs(kernel.part(0, x, 0) - sum), `alpha ${alpha}, x ${x}`).toBeLessThan(tail);
    }
  }
});

test("derivatives of shift-invariant kernels are derivatives", () => {
  const h = 1e-5;
  for (const alpha of [2, 3, 4]) {
    const plain = shiftInvariantKernel({ dimension: 1, alpha });
    const first = shiftInvariantKernel({ alpha, derivatives: [[1, 0]] });
    const second = shiftInvariantKernel({ alpha, derivatives: [[0, 1]] });
    const both = shiftInvariantKernel({ alpha, derivatives: [[1, 1]] });
    for (const [x, z] of [
      [0.3, 0.1],
      [0.2, 0.9],
    ]) {
      const slope = (k: ProductKernel, a: number, b: number): number =>
        (k.part(0, x + a * h, z + b * h) - k.part(0, x - a * h, z - b * h)) / (2 * h);
      expect(first.part(0, x, z)).toBeCloseTo(slope(plain, 1, 0), 6);
      expect(second.part(0, x, z)).toBeCloseTo(slope(plain, 0, 1), 6);
      expect(both.part(0, x, z)).toBeCloseTo(slope(first, 0, 1), 5);
      expect(both.between([x], [z])[0]).toBeCloseTo(both.part(0, x, z), 12);
    }
  }
});

test("Gram matrices: fast is dense", () => {
  const d = 3;
  const sets: [ProductKernel, Lattice | DigitalNet][] = [
    [
      shiftInvariantKernel({ alpha: [1, 2, 3], weights: [0.5, 1, 0.3], scale: 2 }),
      lattice({ dimension: d, key: key(1) }),
    ],
    [digitalKernel({ alpha: [2, 3, 4], weights: 0.7 }), sobol({ dimension: d, key: key(2) })],
    [digitalKernel({ dimension: d, alpha: 1 }), sobol({ dimension: d, key: key(3), bits: 53 })],
    [digitalKernel({ dimension: d, alpha: 3 }), sobol({ dimension: d, key: key(4), alpha: 2 })],
  ];
  for (const [kernel, points] of sets) {
    const n = 256;
    const gram = fastGram({ kernel, points, size: n, nugget: 0.1 });
    const x = points.array(0, n);
    const dense = kernel.between(x, x);
    const v = normal(key(9), [n], { dtype: "f64", device: "cpu" }).dataSync() as Float64Array;
    const product = gram.multiply(v);
    let worst = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0.1 * v[i];
      for (let k = 0; k < n; k++) sum += dense[i * n + k] * v[k];
      worst = Math.max(worst, Math.abs(sum - product[i]));
    }
    expect(worst).toBeLessThan(1e-9);
    const back = gram.solve(product);
    expect(Math.max(...back.map((value, i) => Math.abs(value - v[i])))).toBeLessThan(1e-9);
    expect(gram.eigenvalues.every((value) => value >= 0)).toBe(true);
    const half = fastGram({ kernel, points, size: n / 2, nugget: 0.1 }).doubled();
    expect(half.logDeterminant()).toBeCloseTo(gram.logDeterminant(), 8);
  }
});

test.each<[() => unknown, RegExp]>([
  [() => shiftInvariantKernel({}), /dimension is out of range \(got undefined/],
  [
    () => shiftInvariantKernel({ dimension: 1, alpha: 6 }),
    /alpha is out of range \(got 6, expected an integer from 1 to 5/,
  ],
  [() => digitalKernel({ dimension: 1, alpha: 5 }), /alpha is out of range/],
  [() => digitalKernel({ dimension: 1, weights: 0 }), /a weight is out of range/],
  [() => digitalKernel({ dimension: 1, scale: -1 }), /scale is out of range/],
  [() => digitalKernel({ alpha: [1, 2], weights: [1] }), /lists differ in length \(got 1, expected 2/],
  [() => shiftInvariantKernel({ alpha: 1, derivatives: [[1, 0]] }), /not smooth enough/],
  [() => digitalKernel({ alpha: 2, derivatives: [[1, 1]] }), /not smooth enough/],
  [() => digitalKernel({ dimension: 2 }).between([0.1], [0.2, 0.3]), /no lists of points/],
  [
    () =>
      fastGram({
        kernel: digitalKernel({ dimension: 1 }),
        points: sobol({ dimension: 1, key: key(1), scramble: "nus" }),
        size: 8,
      }),
    /nested scrambling have no fast Gram matrix/,
  ],
  [
    () => fastGram({ kernel: digitalKernel({ dimension: 1 }), points: lattice({ dimension: 1 }), size: 8 }),
    /does not fit the points \(got a digital kernel and lattice, expected a net/,
  ],
  [
    () =>
      fastGram({
        kernel: shiftInvariantKernel({ dimension: 1 }),
        points: lattice({ dimension: 1, order: "gray" }),
        size: 8,
      }),
    /another order/,
  ],
  [
    () =>
      fastGram({
        kernel: shiftInvariantKernel({ dimension: 1 }),
        points: lattice({ dimension: 1, key: key(1), replications: 2 }),
        size: 8,
      }),
    /one set of points/,
  ],
  [
    () => fastGram({ kernel: shiftInvariantKernel({ dimension: 2 }), points: lattice({ dimension: 1 }), size: 8 }),
    /dimensions differ/,
  ],
  [
    () => fastGram({ kernel: shiftInvariantKernel({ dimension: 1 }), points: lattice({ dimension: 1 }), size: 9 }),
    /power of two/,
  ],
  [
    () =>
      fastGram({ kernel: shiftInvariantKernel({ dimension: 1 }), points: lattice({ dimension: 1 }), size: 8 }).multiply(
        [1],
      ),
    /vector has the wrong length/,
  ],
  [
    // alpha = 5 decays like h^-10: 1024 points are singular in double precision.
    () =>
      fastGram({
        kernel: shiftInvariantKernel({ dimension: 1, alpha: 5 }),
        points: lattice({ dimension: 1 }),
        size: 1024,
      }).logDeterminant(),
    /matrix is singular .*Pass a nugget/,
  ],
])("%s", (make, message) => {
  expect(make).toThrow(message);
});
