/** Arrays in the memory of tensors, and tensors over such arrays: identity of the memory in both directions. */
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { complex, memory, mul, sum, tensor, type Tensor } from "@ansatz/tensor";
import { fromNdarray, fromStrided, toNdarray, viewNdarray, viewStrided, zerosStrided } from "@ansatz/tensor/ndarray";
import "@ansatz/tensor/half";
import { DeviceError, DisposedError, DTypeError, ShapeError } from "../../src/errors.ts";

const numbers = Float64Array.from({ length: 60 }, (_, i) => i * i - 7);
/** A tensor [3, 4, 5]. */
const cube = (): Tensor<"f64"> => tensor(numbers, { shape: [3, 4, 5] });

/** Bytes that a device holds more after something was made, which stays referenced. */
function bytesOf(make: () => Tensor): number {
  const before = memory("cpu").used;
  const t = make();
  const more = memory("cpu").used - before;
  expect(t.size).toBeGreaterThan(0);
  return more;
}

describe("views of tensors", () => {
  it("are the tensor's memory", () => {
    const t = mul(cube(), 2);
    const view = viewStrided(t);
    expect([view.shape, view.strides, view.offset]).toEqual([[3, 4, 5], [20, 5, 1], 0]);
    expect(view.data).toBeInstanceOf(Float64Array);
    expect(Array.from(view.data)).toEqual(Array.from(numbers, (v) => 2 * v));
    // Two views are of the same bytes, and a copy is not.
    const again = viewStrided(t);
    expect([again.data.buffer === view.data.buffer, again.data.byteOffset]).toEqual([true, view.data.byteOffset]);
    expect(t.dataSync().buffer).not.toBe(view.data.buffer);
  });

  it("take no memory", () => {
    const t = cube().eval();
    const before = memory("cpu").used;
    const views = [viewStrided(t), viewStrided(t)];
    expect(memory("cpu").used).toBe(before);
    expect(views[0].data.length).toBe(60);
  });

  it.each(["f32", "i32", "u32", "bool"] as const)("of %s", (dtype) => {
    const t = tensor(dtype === "bool" ? [true, false, true] : [1, 2, 3], { dtype });
    expect(viewStrided(t).data).toEqual(t.dataSync());
  });

  it("are scijs ndarrays over the same bytes", async () => {
    const t = cube();
    const array = await viewNdarray(t);
    expect(array.data.buffer).toBe(viewStrided(t).data.buffer);
    expect(array.data.byteOffset).toBe(viewStrided(t).data.byteOffset);
    expect([array.shape, array.get(2, 1, 3)]).toEqual([[3, 4, 5], numbers[48]]);
    expect((await toNdarray(t)).data.buffer).not.toBe(array.data.buffer);
  });

  it("keep the tensor: its memory is not given to others", async () => {
    const view = viewStrided(mul(cube(), 3));
    for (let i = 0; i < 50; i++) mul(cube(), i).eval();
    if (globalThis.gc !== undefined) globalThis.gc();
    await new Promise((r) => setTimeout(r));
    expect(view.data[59]).toBe(3 * numbers[59]);
  });

  it("do not exist where arrays cannot hold the numbers", async () => {
    expect(() => viewStrided(complex(tensor([1]), tensor([2])))).toThrow(DTypeError);
    expect(() => viewStrided(tensor([1], { dtype: "f16" }))).toThrow('Convert with astype("f32")');
    await expect(toNdarray(complex(tensor([1]), tensor([2])))).rejects.toThrow(
      "toNdarray: dtype not accepted (got c64",
    );
    await expect(viewNdarray(3 as never)).rejects.toThrow("viewNdarray: the argument must be a tensor");
    expect(() => zerosStrided([2], { device: "tpu" })).toThrow(DeviceError);
    expect(() => zerosStrided([-2])).toThrow(ShapeError);
    const gone = cube();
    gone.dispose();
    expect(() => viewStrided(gone)).toThrow(DisposedError);
  });
});

describe("tensors over arrays that tensors lent", () => {
  it("of every kind of view that ndarray makes take no memory and have its elements", async () => {
    const array = await viewNdarray(cube());
    const views = [
      array,
      array.transpose(2, 0, 1),
      array.step(-1, 1, -2),
      array.step(2, -3, 1),
      array.lo(1, 1, 1),
      array.hi(1, 2, 3).transpose(1, 0, 2),
      array.pick(null, 1, null),
      array.pick(1, 2, 3),
      array.lo(0, 3, 0).transpose(1, 2, 0).step(1, -1, 1),
    ];
    for (const view of views) {
      let t = tensor([0]) as Tensor;
      expect(bytesOf(() => (t = fromNdarray(view)))).toBe(0);
      expect([t.dtype, t.shape]).toEqual(["f64", view.shape]);
      const expected: number[] = [];
      const visit = (index: number[]): void => {
        if (index.length === view.dimension) expected.push(view.get(...index));
        else for (let i = 0; i < view.shape[index.length]; i++) visit([...index, i]);
      };
      visit([]);
      expect(Array.from(t.dataSync())).toEqual(expected);
    }
  });

  it("repeat elements, and read only what is asked for", async () => {
    const { data } = viewStrided(cube());
    const repeated = fromStrided({ data, shape: [4, 3, 2], strides: [0, 20, 0], offset: 6 });
    expect(bytesOf(() => fromStrided({ data, shape: [4, 3], strides: [0, 20], offset: 6 }))).toBe(0);
    const expected = Array.from({ length: 24 }, (_, i) => numbers[6 + 20 * (Math.floor(i / 2) % 3)]);
    expect(Array.from(repeated.dataSync())).toEqual(expected);
    expect(await sum(repeated).item()).toBe(expected.reduce((a, b) => a + b));
  });

  it("are copies when they must be", () => {
    const t = cube().eval();
    const { data } = viewStrided(t);
    // A diagonal, and axes that were joined, go along no axis; others ask for another type or device.
    const made = [
      fromStrided({ data, shape: [3], strides: [26] }),
      fromStrided({ data, shape: [60] }),
      fromStrided({ data, shape: [3, 4, 5] }, { dtype: "f32" }),
      fromStrided({ data, shape: [3, 4, 5] }, { device: "js" }),
    ];
    expect(made.map((m) => [m.dtype, m.device])).toEqual([
      ["f64", "cpu"],
      ["f64", "cpu"],
      ["f32", "cpu"],
      ["f64", "js"],
    ]);
    expect(Array.from(made[0].dataSync())).toEqual([0, 26, 52].map((i) => numbers[i]));
    expect(Array.from(made[1].dataSync())).toEqual(Array.from(numbers));
    expect(bytesOf(() => fromStrided({ data, shape: [60] }))).toBeGreaterThan(0);
    expect(bytesOf(() => fromStrided({ data: Float64Array.from(data), shape: [3, 4, 5] }))).toBeGreaterThan(0);
    expect(() => fromStrided({ data, shape: [3, 4, 6] })).toThrow(ShapeError);
    // The whole is another tensor, so that disposing one does not dispose the other.
    const whole = fromStrided({ data, shape: [3, 4, 5] });
    expect(whole).not.toBe(t);
    whole.dispose();
    expect(t.dataSync()[1]).toBe(numbers[1]);
  });

  it("say when the memory is gone", () => {
    const t = cube().eval();
    const { data } = viewStrided(t);
    t.dispose();
    expect(() => fromStrided({ data, shape: [3, 4, 5] })).toThrow(DisposedError);
  });

  it("can be filled from outside first", () => {
    const room = zerosStrided([3, 4]);
    expect(Array.from(room.data)).toEqual(new Array(12).fill(0));
    const array = ndarray(room.data, [3, 4]);
    for (let i = 0; i < 3; i++) for (let j = 0; j < 4; j++) array.set(i, j, 10 * i + j);
    let t = tensor([0]) as Tensor;
    expect(bytesOf(() => (t = fromNdarray(array.transpose(1, 0))))).toBe(0);
    expect([t.dtype, t.shape, t.device]).toEqual(["f32", [4, 3], "cpu"]);
    expect(Array.from(t.dataSync())).toEqual([0, 10, 20, 1, 11, 21, 2, 12, 22, 3, 13, 23]);
    const flags = zerosStrided([2], { dtype: "bool", device: "js" });
    flags.data[1] = 1;
    const bools = fromStrided(flags);
    expect([bools.dtype, bools.device, ...bools.dataSync()]).toEqual(["bool", "js", 0, 1]);
    expect(viewStrided(bools).data).toEqual(Uint8Array.of(0, 1));
  });
});
