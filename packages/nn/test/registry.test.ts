/** Every entry of the registry: gradients against differences, purity, reproducible parameters. */
import * as nn from "@ansatz/nn";
import { layers } from "@ansatz/nn";
import {
  compile,
  mul,
  sum,
  tensor,
  treeEntries,
  treeFlatten,
  treeLeaves,
  treeMap,
  treeUnflatten,
  valueAndGrad,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { gradcheck } from "@ansatz/tensor/testing";
import { describe, expect, test } from "vitest";
import { noiseLike } from "./support/trees.ts";

const inputsOf = (shapes: readonly (readonly number[])[]): Tensor<"f64">[] =>
  shapes.map((shape, i) => normal(key(5).fold(i), shape, { dtype: "f64" }).eval());

describe.each(layers.filter(({ kind }) => kind !== "model"))("$name", ({ example }) => {
  test("has the gradient of its differences, for every element of parameters and inputs", async () => {
    const { init, apply, inputs } = example();
    const params = noiseLike(init(key(1), { dtype: "f64" }), key(2));
    const { leaves, spec } = treeFlatten(params);
    const xs = inputsOf(inputs);
    const f = (...all: Tensor[]): Tensor =>
      apply(treeUnflatten(spec, all.slice(0, leaves.length)), ...all.slice(leaves.length));
    await gradcheck(f, [...(leaves as Tensor<"f64">[]), ...xs], { tolerance: 1e-7 });
  });
});

describe.each(layers.filter(({ kind }) => kind === "model"))("$name", ({ example }) => {
  test("has the gradient of its differences, along random directions", async () => {
    const { init, apply, inputs } = example();
    const point = { params: noiseLike(init(key(1), { dtype: "f64" }), key(2)), xs: inputsOf(inputs) as Tensor[] };
    const loss = (p: Tree): Tensor => {
      const { params, xs } = p as unknown as typeof point;
      const y = apply(params, ...xs);
      const weights = Float64Array.from({ length: y.size }, (_, i) => Math.cos(1 + 3 * i));
      return sum(mul(y, tensor(weights, { shape: y.shape })));
    };
    const value = compile(loss as (p: Tree) => Tree);
    const gradient = compile((p: Tree) => valueAndGrad(loss)(p).grad);
    const grad = gradient(point as unknown as Tree);
    for (let direction = 0; direction < 8; direction++) {
      const v = noiseLike(point as unknown as Tree, key(10 + direction), 1);
      const slope = await dot(grad, v);
      const at = async (h: number): Promise<number> =>
        (await (value(treeMap((p, d) => p.add(d.mul(h)), point as unknown as Tree, v)) as Tensor).item()) as number;
      const difference = async (h: number): Promise<number> => ((await at(h)) - (await at(-h))) / (2 * h);
      const h = 1e-4;
      const expected = (4 * (await difference(h / 2)) - (await difference(h))) / 3;
      expect(Math.abs(slope - expected)).toBeLessThanOrEqual(1e-7 * Math.max(1, Math.abs(expected)));
    }
  });

  test("sees every parameter and every input", async () => {
    const { init, apply, inputs } = example();
    const point = { params: noiseLike(init(key(1), { dtype: "f64" }), key(2)), xs: inputsOf(inputs) as Tensor[] };
    const squares = (p: Tree): Tensor => {
      const { params, xs } = p as unknown as typeof point;
      const y = apply(params, ...xs);
      return sum(mul(y, y));
    };
    const grad = compile((p: Tree) => valueAndGrad(squares)(p).grad)(point as unknown as Tree);
    for (const [path, g] of treeEntries(grad)) {
      const values = await g.data();
      expect(
        values.some((v) => Math.abs(v) > 1e-8),
        path,
      ).toBe(true);
    }
  });
});

async function dot(a: Tree, b: Tree): Promise<number> {
  const [x, y] = [treeLeaves(a), treeLeaves(b)];
  let total = 0;
  for (let i = 0; i < x.length; i++) total += (await sum(mul(x[i], y[i])).item()) as number;
  return total;
}

describe.each(layers)("$name", ({ example }) => {
  test("equal keys give equal parameters; f32 and f64 agree; parameters are floats of the wanted type", async () => {
    const { init, apply, inputs } = example();
    const [one, two] = [init(key(3)), init(key(3))];
    for (const [i, [path, t]] of treeEntries(one).entries()) {
      expect(t.dtype).toBe("f32");
      expect(await treeEntries(two)[i][1].data(), path).toEqual(await t.data());
    }
    const wide = treeMap((t) => t.astype("f64") as Tensor, one);
    const xs = inputsOf(inputs);
    const narrow = xs.map((x) => x.astype("f32"));
    const got = await apply(one, ...narrow).data();
    const want = Float64Array.from(await apply(wide, ...narrow.map((x) => x.astype("f64"))).data());
    const scale = want.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
    for (let i = 0; i < want.length; i++) expect(Math.abs(got[i] - want[i])).toBeLessThan(2e-5 * scale);
    for (const t of treeLeaves(init(key(3), { dtype: "f64" }))) expect(t.dtype).toBe("f64");
  });

  test("changes nothing it is given", async () => {
    const { init, apply, inputs } = example();
    const params = init(key(3));
    const xs = inputs.map((shape, i) => normal(key(7).fold(i), shape));
    const before = await Promise.all([...treeLeaves(params), ...xs].map((t) => t.data()));
    await apply(params, ...xs).data();
    expect(await Promise.all([...treeLeaves(params), ...xs].map((t) => t.data()))).toEqual(before);
  });
});

test("the registry holds everything that is exported, and its names are unique", () => {
  // Initialisers, files, training and hooks have tests of their own.
  const other = new Set(
    (
      "defaultInit kaiming onesInit xavier zerosInit loadParameters parameterCount saveParameters " +
      "directionOf disposeTraining loadTraining saveTraining fit train trainDirections withLinearHook"
    ).split(" "),
  );
  const exported = Object.entries(nn)
    .filter(([name, value]) => typeof value === "function" && !other.has(name))
    .map(([name]) => name);
  expect(new Set(layers.map(({ factory }) => factory))).toEqual(new Set(exported));
  expect(new Set(layers.map(({ name }) => name)).size).toBe(layers.length);
});
