/** The tensor forms of the Bessel functions are those of numbers, on every device, and can be differentiated. */
import { besselRatioI, besselRatioK, logBesselI, logBesselISlope, logBesselK, logBesselKSlope } from "@ansatz/qmc";
import { grad, sum, tensor, type Tensor } from "@ansatz/tensor";
import { gradcheck } from "@ansatz/tensor/testing";
import { describe, expect, test } from "vitest";
import { testDevices } from "./support/devices.ts";

const devices = await testDevices();
const ORDERS = [0, 1e-8, 0.3, 1, 2.5, 8, 12.5, 15.999, 16, 17, 39, 41, 71, 150, 1300, 1e5];
const PLACES = [1e-10, 1e-3, 0.1, 1, 5, 17, 29.99, 30, 59.99, 60, 100, 700, 1e4, 1e6];
const pairs = ORDERS.flatMap((v) => PLACES.map((x) => [v, x] as const));
const orders = Float64Array.from(pairs, ([v]) => v);
const places = Float64Array.from(pairs, ([, x]) => x);
const within = (units: number, v: number, x: number, value: number): number =>
  units * 2.2e-16 * Math.max(1, Math.abs(value), Math.hypot(v, x));

describe.each([
  ["log I", logBesselI],
  ["log K", logBesselK],
] as const)("%s", (_, f) => {
  test.each(["js", "cpu"])("f64 on %s", (device) => {
    using y = f(tensor(orders, { device }), tensor(places, { device }));
    y.dataSync().forEach((value, i) => {
      const [v, x] = pairs[i];
      expect(Math.abs(Number(value) - f(v, x)), `${v}, ${x}`).toBeLessThanOrEqual(within(16, v, x, f(v, x)));
    });
  });

  test.each(devices)("f32 on %s", async (device) => {
    const [v32, x32] = [Float32Array.from(orders), Float32Array.from(places)];
    using y = f(tensor(v32, { device }), tensor(x32, { device }));
    (await y.data()).forEach((value, i) => {
      const want = f(v32[i], x32[i]);
      const unit = 6e-8 * Math.max(1, Math.abs(want), Math.hypot(v32[i], x32[i]));
      expect(Math.abs(Number(value) - want), `${v32[i]}, ${x32[i]}`).toBeLessThanOrEqual(40 * unit);
    });
  });
});

test.each(["f32", "f64"] as const)("tiny arguments of K, %s", (dtype) => {
  const rough = dtype === "f32" ? 2e-5 : 1e-12;
  for (const v of [0, 0.01, 0.5, 3, 15]) {
    for (const tiny of dtype === "f32" ? [1e-10, 1e-16] : [1e-16, 1e-60, 1e-140]) {
      const x = dtype === "f32" ? Math.fround(tiny) : tiny;
      const order = dtype === "f32" ? Math.fround(v) : v;
      // K_(v+1) = K_(v-1) + 2 v / x K_v, of which the last term is nearly all.
      const log = (f: typeof logBesselK, o: number): number => Number(f(tensor([o], { dtype }), x).dataSync()[0]);
      expect(log(logBesselK, order)).toBeCloseTo(logBesselK(order, x), dtype === "f32" ? 3 : 10);
      if (v > 0.4) {
        const ratio = Number(besselRatioK(tensor([order], { dtype }), x).dataSync()[0]);
        expect(Math.abs((ratio * x) / (2 * order) - 1)).toBeLessThan(rough);
      }
    }
  }
  // log K_0 = log(log(2 / x) - 0.5772…).
  for (const x of dtype === "f32" ? [Math.fround(1e-30)] : [1e-30, 1e-200]) {
    const value = Number(logBesselK(tensor([0], { dtype }), x).dataSync()[0]);
    expect(value).toBeCloseTo(Math.log(Math.log(2) - Math.log(x) - 0.5772156649015329), dtype === "f32" ? 5 : 12);
  }
  // The span of the integral is then more than the numbers hold.
  expect(Number(logBesselK(tensor([0.01], { dtype }), dtype === "f32" ? 1e-30 : 1e-250).dataSync()[0])).toBeNaN();
  expect(logBesselK(0.01, 1e-250)).toBeNaN();
});

test.each([
  ["I", besselRatioI],
  ["K", besselRatioK],
] as const)("ratios of %s", (_, f) => {
  using y = f(tensor(orders), tensor(places));
  y.dataSync().forEach((value, i) => {
    expect(Math.abs(Number(value) / f(...pairs[i]) - 1), String(pairs[i])).toBeLessThan(1e-14);
  });
});

test("slopes are gradients, and gradients have gradients", async () => {
  for (const [f, slope] of [
    [logBesselI, logBesselISlope],
    [logBesselK, logBesselKSlope],
  ] as const) {
    const v = tensor(Float64Array.of(0, 0.5, 7, 20, 300));
    const x = tensor(Float64Array.of(0.3, 4, 33, 80, 2.5)) as Tensor<"f64">;
    const g = grad((z: Tensor) => sum(f(v, z)))(x);
    (await g.data()).forEach((value, i) => {
      const want = slope([0, 0.5, 7, 20, 300][i], [0.3, 4, 33, 80, 2.5][i]);
      expect(Math.abs(Number(value) / want - 1)).toBeLessThan(1e-12);
    });
    await gradcheck((z) => sum(f(v, z)) as Tensor<"f64">, [x]);
    await gradcheck((z) => sum(grad((w: Tensor) => sum(f(v, w)))(z)) as Tensor<"f64">, [x]);
  }
});

test("numbers and shapes are broadcast; edges are those of numbers", () => {
  const y = logBesselI(tensor(Float64Array.of(0, 2, 17)).reshape([3, 1]), tensor(Float64Array.of(0, 1, Infinity)));
  expect(y.shape).toEqual([3, 3]);
  const want = [0, 2, 17].flatMap((v) => [0, 1, Infinity].map((x) => logBesselI(v, x)));
  y.dataSync().forEach((value, i) => {
    if (Number.isFinite(want[i])) expect(Number(value)).toBeCloseTo(want[i], 13);
    else expect(value).toBe(want[i]);
  });
  expect(logBesselK(tensor(Float64Array.of(-2.5)), 3).dataSync()[0]).toBeCloseTo(logBesselK(2.5, 3), 13);
  const outside = [logBesselI(tensor(Float64Array.of(-0.5, 1, Number.NaN)), tensor(Float64Array.of(1, -1, 1)))];
  for (const z of outside) expect([...z.dataSync()].every(Number.isNaN)).toBe(true);
  expect(besselRatioK(2, tensor(Float32Array.of(0))).dataSync()[0]).toBe(Infinity);
  expect(() => logBesselI(tensor([1], { dtype: "f32" }), tensor(Float64Array.of(1)))).toThrow(/floats of one type/);
  expect(() => logBesselI(tensor(new Float64Array(2)), tensor(new Float64Array(3)))).toThrow(/shapes do not fit/);
});
