/** Halves: what they are in memory on every device, and what operations make of them. */
import { describe, expect, it } from "vitest";
import {
  add,
  astype,
  compile,
  concat,
  DTypeError,
  full,
  grad,
  jvp,
  layerNorm,
  linspace,
  matmul,
  max,
  memory,
  mul,
  pad,
  permute,
  reshape,
  slice,
  sum,
  take,
  tensor,
  type Tensor,
  where,
  zeros,
} from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { halfToNumber, numberToHalf } from "@ansatz/tensor/half";
import { readNpy, readNpz, readSafetensors, writeNpy, writeNpz, writeSafetensors } from "@ansatz/tensor/io";
import { sort } from "@ansatz/tensor/sort";
import { svdvals } from "@ansatz/tensor/linalg";
import { vmap } from "@ansatz/tensor/transform";
import { halves } from "../../src/graph/halves.ts";
import { testDevices } from "../support/devices.ts";
import { seeded } from "../support/random.ts";

const devices = await testDevices();
const ALL = Uint16Array.from({ length: 65536 }, (_, i) => i);
/** NaN in one form, as `numberToHalf` writes it. */
const canonical = (bits: number): number => ((bits & 0x7fff) > 0x7c00 ? 0x7e00 : bits);

describe.each(devices)("halves on %s", (device) => {
  const of = (numbers: readonly number[], shape?: readonly number[]): Tensor<"f16"> =>
    tensor(Float64Array.from(numbers), { dtype: "f16", shape, device });
  /** The numbers that a tensor of halves holds. */
  const numbers = async (x: Tensor): Promise<number[]> => {
    expect(x.dtype).toBe("f16");
    return Array.from(await (x as Tensor<"f16">).data(), halfToNumber);
  };

  it("are read exactly, all of them", async () => {
    const x = tensor(ALL, { device });
    expect([x.dtype, x.size]).toEqual(["f16", 65536]);
    const back = await (x as Tensor<"f16">).data();
    expect(back).toBeInstanceOf(Uint16Array);
    expect(back).toEqual(ALL);
    const wide = await astype(x, "f32").data();
    expect(wide.findIndex((v, i) => !Object.is(v, halfToNumber(i)))).toBe(-1);
    // And written as they were read.
    const again = await astype(astype(x, "f32"), "f16").data();
    expect(again.findIndex((v, i) => v !== canonical(i))).toBe(-1);
  });

  it("are rounded to nearest, ties to even, with subnormals and infinities", async () => {
    const { next } = seeded(3);
    const values = Float32Array.from({ length: 60_001 }, (_, i) => {
      const exact = halfToNumber(Math.floor(next() * 0x7c00));
      const up = halfToNumber(Math.min(0x7bff, numberToHalf(exact) + 1));
      const size = [exact, (exact + up) / 2, exact + (up - exact) * next(), next() * 1e5, next() * 2 ** -24][i % 5];
      return next() < 0.5 ? -size : size;
    });
    values.set([
      0,
      -0,
      NaN,
      Infinity,
      -Infinity,
      65504,
      65519.99,
      65520,
      -65520,
      1e30,
      1e-40,
      2 ** -25,
      2 ** -24,
      2 ** -14,
    ]);
    const bits = await astype(tensor(values, { device }), "f16").data();
    expect(bits.length).toBe(values.length);
    expect(bits.findIndex((b, i) => b !== numberToHalf(values[i]))).toBe(-1);
  });

  it.skipIf(device === "webgpu")("are rounded once from f64", async () => {
    const { next } = seeded(5);
    const values = Float64Array.from({ length: 20_000 }, (_, i) => {
      const exact = halfToNumber(Math.floor(next() * 0x7bff));
      const up = halfToNumber(numberToHalf(exact) + 1);
      const tie = (exact + up) / 2;
      // Too close to a tie for f32 to tell.
      return (i % 2 === 0 ? tie * (1 + 2 ** -40) : tie * (1 - 2 ** -40)) * (i % 3 === 0 ? -1 : 1);
    });
    values.set([1e300, -1e300, 1e-300, -1e-300, NaN, -0, 65519.999999999, 65520]);
    const bits = await astype(tensor(values, { device }), "f16").data();
    expect(bits.findIndex((b, i) => b !== numberToHalf(values[i]))).toBe(-1);
    const twice = Array.from(values, (v) => numberToHalf(Math.fround(v)));
    expect(twice.some((b, i) => b !== bits[i])).toBe(true);
  });

  it("come from numbers, booleans and integers", async () => {
    expect(await numbers(of([1, 2.5, 70000, 1e-9]))).toEqual([1, 2.5, Infinity, 0]);
    expect(
      await numbers(
        tensor(
          [
            [1, 2],
            [3, 0.1],
          ],
          { dtype: "f16", device },
        ),
      ),
    ).toEqual([1, 2, 3, halfToNumber(0x2e66)]);
    expect(await numbers(full([3], 0.1, { dtype: "f16", device }))).toEqual([0x2e66, 0x2e66, 0x2e66].map(halfToNumber));
    expect(await numbers(zeros([1], { dtype: "f16", device }))).toEqual([0]);
    expect(await numbers(linspace(0, 1, 3, { dtype: "f16" as "f32", device }))).toEqual([0, 0.5, 1]);
    expect(await numbers(astype(tensor(Int32Array.of(-7, 2049, 100_000), { device }), "f16"))).toEqual([
      -7,
      2048,
      Infinity,
    ]);
    expect(await numbers(astype(tensor([true, false], { device }), "f16"))).toEqual([1, 0]);
    expect(await numbers(tensor([], { dtype: "f16", device }))).toEqual([]);
  });

  it("are read one by one, into arrays, and moved between devices", async () => {
    const x = of([0.5, -2, 3]);
    expect(await of([-1.5]).item()).toBe(-1.5);
    expect(await x.dataInto(new Uint16Array(3))).toEqual(Uint16Array.of(0x3800, 0xc000, 0x4200));
    await expect(x.dataInto(new Uint16Array(4))).rejects.toThrow(/expected Uint16Array of length 3/);
    for (const other of devices) expect(await numbers(await x.to(other))).toEqual([0.5, -2, 3]);
  });

  it("are computed with in f32", async () => {
    const x = of([1, 2, 3]);
    const y = tensor([0.1, 0.2, 0.3], { device });
    const results = [
      add(x, y),
      add(x, 0.1),
      add(x, x),
      mul(0.1, x),
      max(x),
      sum(x),
      where(tensor([true, false, true], { device }), x, x),
      matmul(reshape(x, [1, 3]), reshape(x, [3, 1])),
      layerNorm(reshape(x, [1, 3])),
      x.mean(),
      conv2d(reshape(x, [1, 1, 1, 3]), reshape(of([2]), [1, 1, 1, 1])),
    ];
    expect(results.map((r) => r.dtype)).toEqual(results.map(() => "f32"));
    const wide = astype(x, "f32");
    const same = [add(wide, y), add(wide, 0.1), add(wide, wide), mul(0.1, wide), max(wide), sum(wide), wide];
    for (let i = 0; i < same.length; i++) expect(await results[i].data()).toEqual(await same[i].data());
    expect((await results[7].data())[0]).toBe(14);
    expect(await results[9].item()).toBe(2);
    expect([...(await results[10].data())]).toEqual([2, 4, 6]);
    if (device !== "webgpu") expect((await svdvals(reshape(x, [1, 3])).data())[0]).toBeCloseTo(Math.sqrt(14), 5);
    expect((x.greater(1.5) as Tensor).dtype).toBe("bool");
  });

  it.skipIf(device === "webgpu")("take the wider type", () => {
    const x = of([1, 2]);
    expect(add(x, tensor(Float64Array.of(1, 2), { device })).dtype).toBe("f64");
    expect(
      mul(
        x,
        tensor(
          [
            { re: 1, im: 2 },
            { re: 0, im: 1 },
          ],
          { device },
        ),
      ).dtype,
    ).toBe("c64");
    expect(add(x, tensor(Int32Array.of(1, 2), { device })).dtype).toBe("f32");
  });

  it("stay halves where they only move", async () => {
    const x = of([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]);
    expect(await numbers(permute(x, [1, 0]))).toEqual([1, 4, 7, 2, 5, 8, 3, 6, 9]);
    expect(
      await numbers(
        slice(x, [
          [0, 3, 2],
          [1, 3],
        ]),
      ),
    ).toEqual([2, 3, 8, 9]);
    expect(await numbers(take(x, tensor(Int32Array.of(2, -3), { device })))).toEqual([7, 8, 9, 1, 2, 3]);
    expect(await numbers(concat([x, slice(x, [[0, 1]])]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]);
    expect(await numbers(reshape(permute(slice(x, [[1, 3]]), [1, 0]), [3, 2]))).toEqual([4, 7, 5, 8, 6, 9]);
    expect(
      await numbers(
        pad(
          x,
          [
            [0, 0],
            [1, 0],
          ],
          { value: 0.1 },
        ),
      ),
    ).toEqual([0.1, 1, 2, 3, 0.1, 4, 5, 6, 0.1, 7, 8, 9].map((v) => halfToNumber(numberToHalf(v))));
    expect(await numbers(sort(permute(x, [1, 0]), { descending: true }).slice([[0, 1]]))).toEqual([7, 4, 1]);
    const y = permute(x, [1, 0]).eval();
    expect([...(await add(y, 0).data())]).toEqual([1, 4, 7, 2, 5, 8, 3, 6, 9]);
  });

  it("have gradients, in f32", async () => {
    const f = (x: Tensor): Tensor => sum(mul(mul(x, x), permute(reshape(x, [2, 2]), [1, 0]).reshape([4])));
    const x = of([1, 2, 3, 4]);
    const wide = astype(x, "f32");
    const g = grad(f)(x);
    expect(g.dtype).toBe("f32");
    expect(await g.data()).toEqual(await grad(f)(wide).data());
    // A cast to halves passes gradients on.
    const through = grad((y: Tensor) => sum(mul(astype(y, "f16"), y)))(wide);
    expect([...(await through.data())]).toEqual([2, 4, 6, 8]);
    const { tangent } = jvp(f, [wide], [wide]);
    expect(await tangent.item()).toBeCloseTo(3 * Number(await f(wide).item()), 3);
    const second = grad((y: Tensor) => sum(grad(f)(y)))(x);
    expect(await second.data()).toEqual(await grad((y: Tensor) => sum(grad(f)(y)))(wide).data());
  });

  it("go through compile and vmap", async () => {
    const store = compile((x: Tensor) => ({ low: astype(mul(x, 1.5), "f16"), moved: permute(x, [1, 0]) }));
    for (const k of [1, 2]) {
      const { low, moved } = store(of([k, 2, 3, 4, 5, 6], [2, 3]));
      expect(await numbers(low)).toEqual([1.5 * k, 3, 4.5, 6, 7.5, 9]);
      expect(await numbers(moved)).toEqual([k, 4, 2, 5, 3, 6]);
    }
    const rows = vmap((x: Tensor) => astype(add(x, x.slice([[0, 1]])), "f16"))(of([1, 2, 3, 4, 5, 6], [2, 3]));
    expect(rows.shape).toEqual([2, 3]);
    expect(await numbers(rows)).toEqual([2, 3, 4, 8, 9, 10]);
    expect(await numbers(vmap((x: Tensor) => permute(x, [1, 0]))(of([1, 2, 3, 4], [2, 1, 2])))).toEqual([1, 2, 3, 4]);
  });

  it("need half the memory, and give it back", async () => {
    const before = memory(device).used;
    const wide = tensor(new Float32Array(2 ** 15), { device });
    const middle = memory(device).used;
    const x = astype(wide, "f16").eval();
    const after = memory(device).used;
    expect(middle - before).toBe(2 ** 17);
    // And what the plan needs.
    expect(after - middle - 2 ** 16).toBeLessThan(4096);
    wide.dispose();
    x.dispose();
    expect(memory(device).used - before).toBeLessThan(4096);
  });

  it("say what is wrong", async () => {
    expect(() => tensor(Uint16Array.of(1), { dtype: "f32", device })).toThrow(
      /tensor: a Uint16Array holds the bits of halves \(got dtype f32, expected f16\)/,
    );
    const gone = of([1, 2]);
    gone.dispose();
    expect(() => add(gone, 1)).toThrow(/add: tensor was disposed/);
    const { rules } = halves;
    halves.rules = null;
    try {
      for (const make of [
        () => zeros([2], { dtype: "f16", device }),
        () => astype(zeros([2], { device }), "f16"),
        () => tensor(Uint16Array.of(1), { device }),
      ]) {
        expect(make).toThrow(DTypeError);
        expect(make).toThrow(/f16 does not exist on device .* Import "@ansatz\/tensor\/half"/);
      }
    } finally {
      halves.rules = rules;
    }
  });
});

describe("files of halves", () => {
  // numpy.save of np.array([[1, -2.5, 65504], [6e-8, np.inf, 0.1]], "<f2"), and of a Fortran-ordered ">f2".
  const little =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAPADB/3sBAAB8Zi4=";
  const big =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPmYyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo8AEQAQABFAEIARgA=";
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

  it("are NumPy's, byte for byte", async () => {
    const x = readNpy(bytes(little), { keepHalves: true }) as Tensor<"f16">;
    expect([x.dtype, x.shape]).toEqual(["f16", [2, 3]]);
    expect([...(await x.data())]).toEqual([15360, 49408, 31743, 1, 31744, 11878]);
    expect(await writeNpy(x)).toEqual(bytes(little));
    const y = readNpy(bytes(big), { keepHalves: true }) as Tensor<"f16">;
    expect(Array.from(await y.data(), halfToNumber)).toEqual([1, 2, 3, 4, 5, 6]);
    const wide = readNpy(bytes(little));
    expect(wide.dtype).toBe("f32");
    expect(await astype(x, "f32").data()).toEqual(await wide.data());
    const { z } = await readNpz(await writeNpz({ z: x }), { keepHalves: true });
    expect(await z.data()).toEqual(await x.data());
  });

  it("are safetensors of F16, and others beside them", async () => {
    const w = tensor([1, 2, 3], { dtype: "f16" });
    const file = await writeSafetensors({ w, b: tensor([0.5]) });
    expect(file).toEqual(await writeSafetensors({ b: tensor([0.5]), w }));
    const kept = readSafetensors(file, { keepHalves: true }).tensors;
    expect([kept.w.dtype, kept.b.dtype]).toEqual(["f16", "f32"]);
    expect(await kept.w.data()).toEqual(await w.data());
    const { tensors } = readSafetensors(file);
    expect(tensors.w.dtype).toBe("f32");
    expect([...(await tensors.w.data())]).toEqual([1, 2, 3]);
    expect(() => readSafetensors(file, { keepHalves: 1 as unknown as boolean })).toThrow(
      /keepHalves must be true or false/,
    );
  });
});
