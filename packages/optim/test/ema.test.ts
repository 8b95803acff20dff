import { emaUpdate, emaWeight } from "@ansatz/optim";
import { ArgumentError, compile, ShapeError, tensor, zeros, type Tensor } from "@ansatz/tensor";
import { expect, test } from "vitest";

test("the average of a constant is that constant, and of a jump an exponential", async () => {
  let average = { x: tensor([1, 5], { dtype: "f64" }) as Tensor };
  const values = { x: tensor([1, 7], { dtype: "f64" }) as Tensor };
  for (let i = 0; i < 10; i++) average = emaUpdate(average, values, 1 - 0.9);
  const [same, moved] = await average.x.data();
  expect(same).toBe(1);
  expect(moved).toBeCloseTo(7 - 2 * 0.9 ** 10, 12);
});

test("under compile the weight is an argument", async () => {
  const run = compile((a: { x: Tensor }, v: { x: Tensor }, weight: Tensor) => emaUpdate(a, v, weight), { donate: [0] });
  let average: { x: Tensor } = { x: tensor([0, 1]) };
  for (const weight of [0.5, 0.25]) average = run(average as never, { x: tensor([1, 1]) }, weight as never);
  expect(await average.x.data()).toEqual(Float32Array.of(0.625, 1));
});

test("weights", () => {
  expect(emaWeight(1, { decay: 0.9, warmup: false })).toBeCloseTo(0.1, 15);
  expect(emaWeight(1, { decay: 0.999 })).toBeCloseTo(1 - 2 / 11, 15);
  expect(emaWeight(10, { decay: 0.999 })).toBeCloseTo(1 - 11 / 20, 15);
  expect(emaWeight(1e6, { decay: 0.999 })).toBeCloseTo(1e-3, 15);
  expect(() => emaWeight(1, { decay: 1 })).toThrow(ArgumentError);
  expect(() => emaWeight(0)).toThrow("emaWeight: step is out of range (got 0");
  expect(() => emaWeight(1, { speed: 2 } as never)).toThrow("unknown option");
});

test("trees that do not fit are refused", () => {
  expect(() => emaUpdate({ x: zeros([2]) } as never, { y: zeros([2]) } as never, 0.1)).toThrow(ArgumentError);
  expect(() => emaUpdate({ x: zeros([2]) as Tensor }, { x: zeros([1]) as Tensor }, 0.1)).toThrow(ShapeError);
});
