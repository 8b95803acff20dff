/** Distribution functions and transforms against numbers of mpmath (30 digits) and their definitions. */
import {
  doubleSpectrum,
  fftBitReversed,
  fwht,
  ifftBitReversed,
  logGamma,
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
} from "@ansatz/qmc";
import { key, uniform } from "@ansatz/tensor/random";
import { expect, test } from "vitest";

test("normal distribution", () => {
  for (const [x, value] of [
    [-37, 5.725571222524577e-300],
    [-10, 7.619853024160525e-24],
    [-3.5, 0.00023262907903552504],
    [-3, 0.0013498980316300946],
    [-2.999, 0.0013543365337271062],
    [-1, 0.15865525393145705],
    [-0.1, 0.460172162722971],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [2.9, 0.998134186699616],
    [3, 0.9986501019683699],
    [5, 0.9999997133484281],
    [8, 0.9999999999999993],
  ]) {
    expect(Math.abs(normalCdf(x) - value)).toBeLessThanOrEqual(2e-15 * value);
  }
  for (const p of [1e-12, 0.01, 0.3, 0.7]) expect(Math.abs(normalCdf(normalQuantile(p)) / p - 1)).toBeLessThan(4e-14);
  expect([normalQuantile(0), normalQuantile(1), normalQuantile(2)]).toEqual([-Infinity, Infinity, Number.NaN]);
});

test("gamma function", () => {
  for (const [x, value] of [
    [1e-10, 23.025850929882736],
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247001],
    [1.5, -0.12078223763524522],
    [3, 0.6931471805599453],
    [9.9, 12.57717990421988],
    [10, 12.801827480081469],
    [50.5, 146.51925549072064],
    [100000.0, 1051287.7089736569],
  ]) {
    expect(Math.abs(logGamma(x) - value)).toBeLessThanOrEqual(4e-15 * Math.max(1, Math.abs(value)));
  }
  expect(logGamma(0)).toBeNaN();
});

test("Student's distribution", () => {
  for (const [p, degrees, x] of [
    [0.005, 15, -2.946712883475239],
    [0.025, 1, -12.706204736174705],
    [0.3, 2.5, -0.5973077382523175],
    [1e-6, 7, -14.241469651981445],
    [0.45, 200, -0.12582100977945176],
  ]) {
    expect(Math.abs(studentQuantile(p, degrees) / x - 1)).toBeLessThan(1e-12);
    expect(Math.abs(studentQuantile(1 - p, degrees) / -x - 1)).toBeLessThan(1e-9);
    expect(Math.abs(studentCdf(x, degrees) / p - 1)).toBeLessThan(1e-12);
  }
  expect(studentCdf(0, 3)).toBe(0.5);
});

const random = (n: number, seed: number): Float64Array =>
  uniform(key(seed), [n], { dtype: "f64", device: "cpu" }).dataSync() as Float64Array;

test("the Walsh-Hadamard transform is what its definition says, for every length", () => {
  for (let m = 0; m <= 9; m++) {
    const n = 2 ** m;
    const y = random(n, m);
    const got = fwht(y.slice());
    for (let k = 0; k < n; k += Math.max(1, n / 16)) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        let ones = 0;
        for (let b = i & k; b > 0; b &= b - 1) ones++;
        sum += (ones % 2 === 0 ? 1 : -1) * y[i];
      }
      expect(Math.abs(got[k] - sum / Math.sqrt(n))).toBeLessThan(1e-13);
    }
  }
  // Lengths beyond one block.
  for (const m of [13, 14, 15]) {
    const y = random(2 ** m, m);
    const twice = fwht(fwht(y.slice()));
    expect(Math.max(...twice.map((x, i) => Math.abs(x - y[i])))).toBeLessThan(1e-14);
    const delta = new Float64Array(2 ** m);
    delta[2 ** (m - 1) + 3] = 1;
    const wave = fwht(delta);
    expect(wave.every((x) => Math.abs(Math.abs(x) - 2 ** (-m / 2)) < 1e-17)).toBe(true);
    expect(wave[1] < 0 && wave[2] < 0 && wave[4] > 0 && wave[2 ** (m - 1)] < 0).toBe(true);
  }
  const single = fwht(Float32Array.of(1, 2, 3, 4));
  expect(Array.from(single)).toEqual([5, -1, -2, 0]);
});

test("the Fourier transforms are what their definitions say, for every length", () => {
  for (let m = 0; m <= 9; m++) {
    const n = 2 ** m;
    const [re, im] = [random(n, m), random(n, m + 50)];
    const [gotRe, gotIm] = [re.slice(), im.slice()];
    fftBitReversed(gotRe, gotIm);
    const reversed = (i: number): number => {
      let r = 0;
      for (let b = 0; b < m; b++) if ((i >> b) & 1) r |= 1 << (m - 1 - b);
      return r;
    };
    for (let k = 0; k < n; k += Math.max(1, n / 16)) {
      let [a, b] = [0, 0];
      for (let i = 0; i < n; i++) {
        const angle = (-2 * Math.PI * ((k * reversed(i)) % n)) / n;
        a += re[i] * Math.cos(angle) - im[i] * Math.sin(angle);
        b += re[i] * Math.sin(angle) + im[i] * Math.cos(angle);
      }
      expect(Math.abs(gotRe[k] - a / Math.sqrt(n)) + Math.abs(gotIm[k] - b / Math.sqrt(n))).toBeLessThan(1e-12);
    }
    ifftBitReversed(gotRe, gotIm);
    expect(Math.max(...gotRe.map((x, i) => Math.abs(x - re[i]) + Math.abs(gotIm[i] - im[i])))).toBeLessThan(1e-14);
  }
});

test("spectra double", () => {
  const n = 32;
  const [re, im] = [random(2 * n, 1), random(2 * n, 2)];
  const walsh = doubleSpectrum({ re: fwht(re.slice(0, n)) }, { re: fwht(re.slice(n)) });
  const whole = fwht(re.slice());
  expect(Math.max(...walsh.re.map((x, k) => Math.abs(x - whole[k])))).toBeLessThan(1e-14);
  const part = (from: number, to: number): { re: Float64Array; im: Float64Array } => {
    const spectrum = { re: re.slice(from, to), im: im.slice(from, to) };
    fftBitReversed(spectrum.re, spectrum.im);
    return spectrum;
  };
  const both = doubleSpectrum(part(0, n), part(n, 2 * n));
  const all = part(0, 2 * n);
  expect(Math.max(...all.re.map((x, k) => Math.abs(x - both.re[k])))).toBeLessThan(1e-14);
  expect(Math.max(...all.im.map((x, k) => Math.abs(x - both.im![k])))).toBeLessThan(1e-14);
});

test.each<[() => unknown, RegExp]>([
  [() => fwht(new Float64Array(12)), /fwht: the length must be a power of two \(got 12/],
  [() => fwht(new Float64Array(0)), /got 0/],
  [() => fftBitReversed(new Float64Array(4), new Float64Array(8)), /imaginary part has the wrong length/],
  [() => ifftBitReversed(new Float64Array(3), new Float64Array(3)), /power of two \(got 3/],
  [
    () => doubleSpectrum({ re: new Float64Array(4) }, { re: new Float64Array(2) }),
    /second spectrum has the wrong length/,
  ],
])("%s", (make, message) => {
  expect(make).toThrow(message);
});
