import { dense, loadParameters, parameterCount, saveParameters, sequential } from "@ansatz/nn";
import { DTypeError, FormatError, ShapeError, tensor, treeEntries, zeros, type Tensor } from "@ansatz/tensor";
import { readSafetensors, writeSafetensors } from "@ansatz/tensor/io";
import { key } from "@ansatz/tensor/random";
import { expect, test } from "vitest";
import { message } from "./support/trees.ts";

const net = sequential([dense({ in: 3, out: 4 }), dense({ in: 4, out: 2, bias: false })]);

test("parameters go to a file and back without a bit changed", async () => {
  const params = net.init(key(1));
  const bytes = await saveParameters(params, { metadata: { note: "first" } });
  const { params: back, metadata } = loadParameters(bytes, net.init(key(2)));
  expect(metadata).toEqual({ note: "first" });
  for (const [i, [path, t]] of treeEntries(params).entries()) {
    const [samePath, same] = treeEntries(back)[i];
    expect(samePath).toBe(path);
    expect(await same.data()).toEqual(await t.data());
  }
  expect(treeEntries(params).map(([path]) => path)).toEqual(["0.weight", "0.bias", "1.weight"]);
});

test("equal parameters give equal bytes", async () => {
  expect(await saveParameters(net.init(key(1)))).toEqual(await saveParameters(net.init(key(1))));
});

test("half precision halves the file and rounds to 11 bits", async () => {
  const params = { w: tensor([1 / 3, -2.5, 1000.125]) };
  const { params: back } = loadParameters(await saveParameters(params, { storage: "f16" }), params);
  expect(await back.w.data()).toEqual(Float32Array.of(0.333251953125, -2.5, 1000));
  const wide = { w: zeros([5000]) };
  const [half, full] = [await saveParameters(wide, { storage: "f16" }), await saveParameters(wide)];
  expect(full.length - half.length).toBeGreaterThanOrEqual(5000 * 2 - 8);
});

test("halves are read as doubles where doubles are expected", async () => {
  const params = { w: tensor([0.5, 3], { dtype: "f64" }) as Tensor };
  const { params: back } = loadParameters(await saveParameters(params, { storage: "f16" }), params);
  expect(await back.w.data()).toEqual(Float64Array.of(0.5, 3));
});

test("counting", () => {
  expect(parameterCount(net.init(key(0)))).toBe(3 * 4 + 4 + 4 * 2);
});

test("files that do not fit are refused with the names", async () => {
  const bytes = await writeSafetensors({ "0.weight": zeros([4, 3]), "0.bias": zeros([4]), scale: zeros([1]) });
  const like = net.init(key(0));
  expect(() => loadParameters(bytes, like)).toThrow(FormatError);
  expect(message(() => loadParameters(bytes, like))).toBe(
    "loadParameters: the file holds other parameters (missing: 1.weight; not expected: scale). " +
      "Was it saved by a network with other options?",
  );
  const many = await writeSafetensors(Object.fromEntries([1, 2, 3, 4, 5, 6].map((i) => [`x${i}`, zeros([1])])));
  expect(message(() => loadParameters(many, { w: zeros([1]) }))).toContain("not expected: x1, x2, x3, x4 and 2 more");
  const wide = await saveParameters({ w: zeros([2, 3]) });
  expect(() => loadParameters(wide, { w: zeros([3, 2]) })).toThrow(ShapeError);
  expect(message(() => loadParameters(wide, { w: zeros([3, 2]) }))).toBe(
    "loadParameters: w has another shape (got [2,3], expected [3,2]).",
  );
  const doubles = await saveParameters({ w: zeros([1], { dtype: "f64" }) });
  expect(() => loadParameters(doubles, { w: zeros([1]) })).toThrow(DTypeError);
  expect(() => loadParameters(Uint8Array.of(1, 2, 3), like)).toThrow(FormatError);
  expect(() => loadParameters(wide, { w: zeros([2, 3]) }, { strict: false } as never)).toThrow("unknown option");
});

test("two tensors cannot have one path", async () => {
  const clash = { "a.b": zeros([1]), a: { b: zeros([1]) } };
  await expect(saveParameters(clash)).rejects.toThrow('two tensors have one path (got "a.b" twice)');
  expect(Object.keys(readSafetensors(await saveParameters({ a: { b: zeros([1]) } })).tensors)).toEqual(["a.b"]);
});
