/** Modified Bessel functions by identities that hold everywhere, and the distribution on spheres that needs them. */
import {
  besselRatioI,
  besselRatioK,
  concentrationOf,
  fitVonMisesFisher,
  logBesselI,
  logBesselISlope,
  logBesselK,
  logBesselKSlope,
  meanLength,
  vonMisesFisher,
  vonMisesFisherNormalizer,
} from "@ansatz/qmc";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const ORDERS = [0, 1e-8, 0.3, 0.5, 1, 2.7, 8, 12.5, 15.999, 16, 16.001, 17, 40, 150, 1e3, 1e5];
const PLACES = [1e-10, 1e-4, 0.1, 1, 5, 17, 29.9999, 30, 30.001, 59.999, 60, 60.001, 100, 700, 1e4, 1e6];
const unit = (v: number, x: number): number => 2.2e-16 * Math.max(1, Math.hypot(v, x));

test("Wronskian: I_v K_(v+1) + I_(v+1) K_v = 1 / x", () => {
  for (const v of ORDERS) {
    for (const x of PLACES) {
      const [i, k] = [logBesselI(v, x), logBesselK(v, x)];
      const sum = i + k + Math.log(besselRatioI(v, x) + besselRatioK(v, x)) + Math.log(x);
      const within = 64 * Math.max(unit(v, x), 2.2e-16 * Math.abs(i), 2.2e-16 * Math.abs(k));
      expect(Math.abs(sum), `v = ${v}, x = ${x}`).toBeLessThan(within);
    }
  }
});

test("recurrences of the ratios: 1 / r_v = 2 (v + 1) / x + r_(v+1)", () => {
  for (const v of ORDERS) {
    for (const x of PLACES) {
      const r = besselRatioI(v, x);
      expect(Math.abs(r * ((2 * (v + 1)) / x + besselRatioI(v + 1, x)) - 1), `I ${v} ${x}`).toBeLessThan(1e-14);
      const next = (2 * (v + 1)) / x + 1 / besselRatioK(v, x);
      expect(Math.abs(besselRatioK(v + 1, x) / next - 1), `K ${v} ${x}`).toBeLessThan(6e-14);
    }
  }
});

test("half orders are elementary", () => {
  for (const x of [1e-6, 0.2, 3, 29, 45, 200]) {
    expect(Math.abs(logBesselK(0.5, x) - (0.5 * Math.log(Math.PI / (2 * x)) - x))).toBeLessThan(8 * unit(0.5, x));
    const i =
      0.5 * Math.log(2 / (Math.PI * x)) +
      (x > 20 ? x - Math.LN2 + Math.log1p(-Math.exp(-2 * x)) : Math.log(Math.sinh(x)));
    expect(Math.abs(logBesselI(0.5, x) - i)).toBeLessThan(8 * unit(0.5, x));
  }
});

test("slopes are derivatives", () => {
  for (const v of [0, 0.5, 7, 20, 300]) {
    for (const x of [0.3, 4, 33, 80]) {
      const h = 1e-4 * x;
      const slope = (f: (v: number, x: number) => number): number => {
        const d = (s: number): number => (f(v, x + s) - f(v, x - s)) / (2 * s);
        return (4 * d(h / 2) - d(h)) / 3;
      };
      expect(Math.abs(slope(logBesselI) / logBesselISlope(v, x) - 1)).toBeLessThan(1e-8);
      expect(Math.abs(slope(logBesselK) / logBesselKSlope(v, x) - 1)).toBeLessThan(1e-8);
    }
  }
});

test("edges", () => {
  expect([logBesselI(0, 0), logBesselI(2, 0), logBesselK(1, 0)]).toEqual([0, -Infinity, Infinity]);
  expect(
    [logBesselI(1, -1), logBesselK(1, -1), logBesselI(Number.NaN, 1), logBesselI(1, Number.NaN)].every(Number.isNaN),
  ).toBe(true);
  expect([logBesselI(1, Infinity), logBesselK(1, Infinity)]).toEqual([Infinity, -Infinity]);
  expect(logBesselK(-2.5, 3)).toBe(logBesselK(2.5, 3));
  expect(logBesselI(-3, 2)).toBe(logBesselI(3, 2));
  expect(() => logBesselI(-0.5, 1)).toThrow(/negative orders must be integers \(got v = -0.5/);
  expect(() => besselRatioI(-1, 1)).toThrow(/order is negative/);
  expect(() => besselRatioK(-1, 1)).toThrow(/order is negative/);
  expect([besselRatioI(2, 0), besselRatioK(2, 0)]).toEqual([0, Infinity]);
  for (const v of [0, 15, 16, 1e5]) {
    for (const x of [1e-10, 1e-3, 1, 1e3, 1e6]) {
      expect(Number.isFinite(logBesselI(v, x)) && Number.isFinite(logBesselK(v, x))).toBe(true);
    }
  }
});

describe("von Mises-Fisher", () => {
  const axis = (p: number): Float64Array => {
    const x = normal(key(p), [p], { dtype: "f64", device: "cpu" }).dataSync() as Float64Array;
    const length = Math.sqrt(x.reduce((s, v) => s + v * v, 0));
    return x.map((v) => v / length);
  };

  test.each([
    [2, 1.5],
    [3, 20],
    [10, 0.4],
    [64, 100],
    [2048, 3000],
  ])("samples of p = %i, kappa = %d give it back", (p, kappa) => {
    const f = vonMisesFisher({ direction: axis(p), concentration: kappa });
    const n = p > 100 ? 200 : 2000;
    const fit = fitVonMisesFisher(f.sample(key(5), n), p);
    const a = meanLength(p, kappa);
    const slope = 1 - a * a - ((p - 1) * a) / kappa;
    // Four standard errors of the concentration; the fit is biased upwards by about (p - 1) / (2 n A) for many coordinates.
    const error = 4 / Math.sqrt(n * slope) + ((p - 1) * kappa) / (n * a * a * p) + (2 * (p - 1)) / (n * a);
    expect(Math.abs(fit.concentration - kappa)).toBeLessThan(error);
    expect(Math.abs(fit.meanLength - a)).toBeLessThan(4 / Math.sqrt(n));
  });

  test("on the sphere of R^3 everything is elementary", () => {
    for (const kappa of [0.01, 1, 30, 2000]) {
      const log = Math.log(kappa) - Math.log(2 * Math.PI) - kappa - Math.log1p(-Math.exp(-2 * kappa));
      expect(Math.abs(vonMisesFisherNormalizer(3, kappa) - log)).toBeLessThan(1e-12 * Math.max(1, kappa));
      expect(Math.abs(meanLength(3, kappa) - (1 / Math.tanh(kappa) - 1 / kappa))).toBeLessThan(1e-12);
    }
    expect(vonMisesFisherNormalizer(3, 0)).toBeCloseTo(-Math.log(4 * Math.PI), 14);
    expect(Math.abs(vonMisesFisherNormalizer(50, 1e-9) - vonMisesFisherNormalizer(50, 0))).toBeLessThan(1e-11);
  });

  test("entropy and divergence are expectations of log densities", () => {
    const p = 4;
    const f = vonMisesFisher({ direction: axis(p), concentration: 6 });
    const g = vonMisesFisher({ direction: [1, 0, 0, 0], concentration: 3 });
    const x = f.sample(key(8), 20_000);
    const [logF, logG] = [f.logDensity(x), g.logDensity(x)];
    let [entropy, divergence] = [0, 0];
    logF.forEach((value, i) => {
      entropy -= value / logF.length;
      divergence += (value - logG[i]) / logF.length;
    });
    expect(Math.abs(entropy - f.entropy())).toBeLessThan(0.03);
    expect(Math.abs(divergence - f.divergence(g))).toBeLessThan(0.08);
    expect(Math.abs(f.divergence(f))).toBeLessThan(1e-14);
  });

  test("the concentration solves its equation up to 32768 dimensions", () => {
    for (const p of [2, 7, 256, 32768]) {
      for (const length of [1e-6, 0.3, 0.95, 0.9999]) {
        expect(Math.abs(meanLength(p, concentrationOf(p, length)) / length - 1)).toBeLessThan(1e-12);
      }
    }
    expect(concentrationOf(5, 0)).toBe(0);
  });

  test.each<[() => unknown, RegExp]>([
    [() => vonMisesFisher({ direction: [1, 1], concentration: 1 }), /not a unit vector \(got length 1.414/],
    [() => vonMisesFisher({ direction: [1], concentration: 1 }), /dimension is out of range/],
    [() => vonMisesFisher({ direction: [1, 0], concentration: -1 }), /concentration is out of range/],
    [() => vonMisesFisher({ direction: [1, 0], concentration: 1 }).logDensity([2, 0]), /not a unit vector/],
    [
      () => vonMisesFisher({ direction: [1, 0], concentration: 1 }).sample(key(1), -1),
      /number of vectors is out of range/,
    ],
    [
      () =>
        vonMisesFisher({ direction: [1, 0], concentration: 1 }).divergence(
          vonMisesFisher({ direction: [1, 0, 0], concentration: 1 }),
        ),
      /other direction has the wrong length/,
    ],
    [() => concentrationOf(3, 1), /no concentration has this mean length/],
    [() => fitVonMisesFisher([1, 0, -1, 0], 2), /no mean direction/],
    [() => fitVonMisesFisher([1, 0, 1, 0], 2), /no concentration/],
    [() => fitVonMisesFisher([0.5, 0], 2), /not a unit vector/],
  ])("%s", (make, message) => {
    expect(make).toThrow(message);
  });
});
