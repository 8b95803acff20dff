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

/** The leading terms of K at 0 with the terms that are left out below 1e-17, and the quotient x K_(v+1) / K_v. */
const TINY_K: Readonly<
  Record<"f32" | "f64", readonly (readonly [v: number, x: number, log: number, ratio: number])[]>
> = {
  f32: [
    [0, 1.4e-45, 4.638555264699108, 0.009671660528144636],
    [0, 1.2e-38, 4.470859558534755, 0.011437480440127405],
    [0, 9.9e-18, 3.670459045317934, 0.02546477777625787],
    [0, 1.01e-17, 3.669949603399494, 0.02547775390651256],
    [1e-30, 1.4e-45, 4.638555264699108, 0.009671660528144636],
    [1e-30, 1.2e-38, 4.470859558534755, 0.011437480440127405],
    [1e-30, 9.9e-18, 3.670459045317934, 0.02546477777625787],
    [1e-30, 1.01e-17, 3.669949603399494, 0.02547775390651256],
    [1e-8, 1.4e-45, 4.638555264699287, 0.009671670528148022],
    [1e-8, 1.2e-38, 4.470859558534882, 0.011437490440130258],
    [1e-8, 9.9e-18, 3.6704590453179597, 0.02546478777625912],
    [1e-8, 1.01e-17, 3.6699496033995196, 0.025477763906513805],
    [0.25, 1.4e-45, 26.587894615136083, 0.5],
    [0.25, 1.2e-38, 22.597140138084168, 0.5],
    [0.25, 9.9e-18, 10.556661357399214, 0.5000000015039566],
    [0.25, 1.01e-17, 10.551661194208185, 0.5000000015190722],
    [0.4999, 1.4e-45, 51.85505681969402, 0.9998000264167786],
    [0.4999, 1.2e-38, 43.875143956535254, 0.9998000264167786],
    [0.4999, 9.9e-18, 19.79900195655092, 0.9998000264167786],
    [0.4999, 1.01e-17, 19.789003630030415, 0.9998000264167786],
    [0.5, 1.4e-45, 51.865256304360656, 1.0],
    [0.5, 1.2e-38, 43.883747350256826, 1.0],
    [0.5, 9.9e-18, 19.802789794902743, 1.0],
    [0.5, 1.01e-17, 19.792789468581148, 1.0],
    [0.999, 1.4e-45, 103.17553719602738, 1.9980000257492065],
    [0.999, 1.2e-38, 87.2284821002104, 1.9980000257492065],
    [0.999, 9.9e-18, 39.114728284547404, 1.9980000257492065],
    [0.999, 1.01e-17, 39.09474763229935, 1.9980000257492065],
    [1, 1.4e-45, 103.27892990343184, 2.0],
    [1, 1.2e-38, 87.3159119952242, 2.0],
    [1, 9.9e-18, 39.15399688451603, 2.0],
    [1, 1.01e-17, 39.13399623187284, 2.0],
    [12.9, 1.4e-45, 1360.2816224309192, 25.799999237060547],
    [12.9, 1.2e-38, 1154.3586975044484, 25.799999237060547],
    [12.9, 9.9e-18, 533.0700109486258, 25.799999237060547],
    [12.9, 1.01e-17, 532.8120025371583, 25.799999237060547],
  ],
  f64: [
    [0, 5e-324, 6.612788072178832, 0.0013430823140015966],
    [0, 2.3e-308, 6.563120744706561, 0.0014114739800336568],
    [0, 1e-140, 5.776034434759112, 0.003100988228951055],
    [0, 9.9e-18, 3.6704590461388227, 0.02546477775535412],
    [0, 1.01e-17, 3.669949603862495, 0.025477753894716324],
    [1e-300, 5e-324, 6.612788072178832, 0.0013430823140015966],
    [1e-300, 2.3e-308, 6.563120744706561, 0.0014114739800336568],
    [1e-300, 1e-140, 5.776034434759112, 0.003100988228951055],
    [1e-300, 9.9e-18, 3.6704590461388227, 0.02546477775535412],
    [1e-300, 1.01e-17, 3.669949603862495, 0.025477753894716324],
    [1e-8, 5e-324, 6.612788072188072, 0.0013430923140264153],
    [1e-8, 2.3e-308, 6.563120744714927, 0.0014114839800572728],
    [1e-8, 1e-140, 5.776034434760846, 0.003100998228961804],
    [1e-8, 9.9e-18, 3.6704590461388484, 0.025464787755355427],
    [1e-8, 1.01e-17, 3.669949603862521, 0.025477763894717634],
    [0.25, 5e-324, 186.87818011962344, 0.5],
    [0.25, 2.3e-308, 177.85898701908587, 0.5],
    [0.25, 1e-140, 81.35864039406972, 0.5],
    [0.25, 9.9e-18, 10.556661365458275, 0.5000000015039566],
    [0.25, 1.01e-17, 10.551661198751376, 0.5000000015190722],
    [0.4999, 5e-324, 372.3715103671046, 0.9998],
    [0.4999, 2.3e-308, 354.33673184326966, 0.9998],
    [0.4999, 1e-140, 161.3746387318874, 0.9998],
    [0.4999, 9.9e-18, 19.799001472290556, 0.9998],
    [0.4999, 1.01e-17, 19.78900313900389, 0.9998],
    [0.5, 5e-324, 372.44582731333537, 1.0],
    [0.5, 2.3e-308, 354.4074411122602, 1.0],
    [0.5, 1e-140, 161.40674786222792, 1.0],
    [0.5, 9.9e-18, 19.802789811020865, 1.0],
    [0.5, 1.01e-17, 19.792789477667533, 1.0],
    [0.999, 5e-324, 743.6955167408122, 1.998],
    [0.999, 2.3e-308, 707.654821111064, 1.998],
    [0.999, 1e-140, 322.03943599749954, 1.998],
    [0.999, 9.9e-18, 39.114727811187855, 1.998],
    [0.999, 1.01e-17, 39.09474714514789, 1.998],
    [1, 5e-324, 744.4400719213812, 2.0],
    [1, 2.3e-308, 708.363299519231, 2.0],
    [1, 1e-140, 322.3619130191664, 2.0],
    [1, 9.9e-18, 39.15399691675228, 2.0],
    [1, 1.01e-17, 39.133996250045605, 2.0],
    [12.9, 5e-324, 9631.260395085195, 25.8],
    [12.9, 2.3e-308, 9165.870031097456, 25.8],
    [12.9, 1e-140, 4186.452145246623, 25.8],
    [12.9, 9.9e-18, 533.0700275254808, 25.8],
    [12.9, 1.01e-17, 532.8120189249647, 25.8],
  ],
};

describe.each(["f32", "f64"] as const)("tiny arguments of K, %s", (dtype) => {
  const rows = TINY_K[dtype];
  const [epsilon, made] = dtype === "f32" ? [2 ** -23, Float32Array] : [2 ** -52, Float64Array];
  const [v, x] = [0, 1].map((column) => made.from(rows.map((row) => row[column])));

  test.each(dtype === "f32" ? ["js", "cpu"] : ["js", "cpu", "numbers"])("%s", (device) => {
    const computed = (f: typeof logBesselK): ArrayLike<number> =>
      device === "numbers"
        ? rows.map((row) => f(row[0], row[1]))
        : (f(tensor(v, { device }), tensor(x, { device })).dataSync() as Float64Array);
    const [logs, ratios] = [computed(logBesselK), computed(besselRatioK)];
    rows.forEach(([order, place, log, ratio], i) => {
      expect(Math.abs(logs[i] - log), `${order}, ${place}`).toBeLessThanOrEqual(
        4 * epsilon * Math.max(1, Math.abs(log)),
      );
      // Above the largest number the ratio is infinite.
      const next = made.of(ratio / x[i])[0];
      if (next === Infinity) expect(ratios[i], `${order}, ${place}`).toBe(Infinity);
      else expect(Math.abs((ratios[i] * x[i]) / ratio - 1), `${order}, ${place}`).toBeLessThanOrEqual(32 * epsilon);
    });
  });

  test("slopes, and slopes of slopes", () => {
    for (const order of [0, 0.01, 0.3, 0.7, 2]) {
      const places = dtype === "f32" ? [1e-18, 1e-30] : [1e-18, 1e-120];
      const at = tensor(made.from(places)) as Tensor<"f64">;
      const log = (z: Tensor): Tensor => sum(logBesselK(order, z));
      const [first, second] = [grad(log)(at), grad((z: Tensor) => sum(grad(log)(z)))(at)];
      places.forEach((place, i) => {
        // d log K / d log x = -v coth(d), or for v = 0 -1 / (log(2 / x) - 0.5772…).
        const h = 1e-3;
        const [low, middle, high] = [-h, 0, h].map((step) => logBesselK(order, place * Math.exp(step)));
        const [slope, bend] = [(high - low) / (2 * h), (high - 2 * middle + low) / h ** 2];
        expect(Math.abs((Number(first.dataSync()[i]) * place) / slope - 1)).toBeLessThan(dtype === "f32" ? 1e-5 : 1e-8);
        const curved = Number(second.dataSync()[i]) * place;
        if (dtype === "f64") expect(Math.abs((curved * place) / (bend - slope) - 1)).toBeLessThan(1e-4);
      });
    }
  });
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
