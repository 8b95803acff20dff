import { parameterCount, unet } from "@ansatz/nn";
import { compile, full, ones, slice, tensor, treeEntries, zeros, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { expect, test } from "vitest";
import { noiseLike } from "../support/trees.ts";

const small = unet({ base: 4, multipliers: [1, 2], groups: 2, heads: 2 });

test("the default has 0.3 to 0.6 million parameters and maps digits to digits", () => {
  const net = unet();
  const params = net.init(key(0));
  const count = parameterCount(params);
  expect(count).toBeGreaterThan(300_000);
  expect(count).toBeLessThan(600_000);
  expect(net.apply(params, zeros([2, 1, 28, 28]), zeros([2])).shape).toEqual([2, 1, 28, 28]);
});

test("an untrained network predicts zero", async () => {
  const y = small.apply(small.init(key(0)), normal(key(1), [2, 1, 4, 4]), tensor([1, 500]));
  expect((await y.data()).every((v) => v === 0)).toBe(true);
});

test("images of a batch do not see each other, and the time matters", async () => {
  const params = noiseLike(small.init(key(0), { dtype: "f64" }), key(1), 0.3);
  const x = normal(key(2), [3, 1, 4, 4], { dtype: "f64" });
  const times = tensor([0, 10, 999], { dtype: "f64" });
  const all = await small.apply(params, x, times).data();
  for (const i of [0, 1, 2]) {
    const one = await small.apply(params, slice(x, [[i, i + 1]]), slice(times, [[i, i + 1]])).data();
    one.forEach((v, k) => expect(Math.abs(Number(v) - Number(all[16 * i + k]))).toBeLessThan(1e-12));
  }
  const other = await small.apply(params, x, tensor([1, 10, 999], { dtype: "f64" })).data();
  expect(Math.abs(Number(other[0]) - Number(all[0]))).toBeGreaterThan(1e-6);
  expect(other[16]).toBe(all[16]);
});

test("channels, blocks, levels without attention", () => {
  const net = unet({ channels: 3, base: 4, multipliers: [1, 2, 1], blocks: 2, groups: 2, heads: 0 });
  const params = net.init(key(0));
  const paths = treeEntries(params).map(([path]) => path);
  expect(paths).toContain("up.0.blocks.1.skip.weight");
  expect(paths.filter((path) => path.startsWith("middle.attention"))).toEqual([]);
  expect(net.apply(params, zeros([1, 3, 8, 12]), zeros([1])).shape).toEqual([1, 3, 8, 12]);
});

test("a wider multiplier at the first level", async () => {
  const net = unet({ base: 2, multipliers: [2, 1], groups: 1, heads: 1 });
  const y = net.apply(net.init(key(0)), ones([1, 1, 4, 4]), full([1], 3));
  expect((await y.data()).length).toBe(16);
});

test("compiled, the values are the same", async () => {
  const params = noiseLike(small.init(key(0), { dtype: "f64" }), key(1), 0.3);
  const x = normal(key(2), [2, 1, 4, 4], { dtype: "f64" }).eval() as Tensor;
  const t = tensor([3, 7], { dtype: "f64" }) as Tensor;
  const run = compile((p: typeof params, a: Tensor, b: Tensor) => small.apply(p, a, b));
  expect(await run(params as never, x as never, t as never).data()).toEqual(await small.apply(params, x, t).data());
});
