import { encode } from "fast-png";
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import { fromImageData, readPng, toImageData, writePng } from "@ansatz/tensor/image";

const bytes = async (x: Promise<T.Tensor> | T.Tensor): Promise<number[]> =>
  [...(await (await x).data())].map((v) => Math.round(v * 255));

describe("ImageData", () => {
  const image = { data: Uint8ClampedArray.of(255, 0, 0, 255, 10, 20, 30, 40), width: 2, height: 1 };

  it("becomes planes, and comes back", async () => {
    const x = fromImageData(image);
    expect([x.shape, x.dtype, await bytes(x)]).toEqual([[4, 1, 2], "f32", [255, 10, 0, 20, 0, 30, 255, 40]]);
    expect(await toImageData(x)).toEqual(image);
    expect(await bytes(fromImageData(image, { channels: 3 }))).toEqual([255, 10, 0, 20, 0, 30]);
    expect(await bytes(fromImageData(image, { channels: 1, device: "js" }))).toEqual([54, 19]);
  });

  it("numbers are cut and rounded; grey becomes colours", async () => {
    const x = T.tensor([[-1, 2, 0.5], [0.1, NaN, 1]]); // prettier-ignore
    const { data } = await toImageData(x);
    expect([...data].filter((_, i) => i % 4 === 0)).toEqual([0, 255, 128, 26, 0, 255]);
    expect([...data].filter((_, i) => i % 4 === 3)).toEqual(new Array(6).fill(255));
    const two = T.tensor([0.2, 0.4], { shape: [2, 1, 1], dtype: "f64" });
    expect([...(await toImageData(two)).data]).toEqual([51, 51, 51, 102]);
  });

  it("wrong arguments", async () => {
    expect(() => fromImageData({ ...image, width: 3 })).toThrow(T.ArgumentError);
    expect(() => fromImageData(null as never)).toThrow(/fromImageData: the argument is no image \(got null/);
    expect(() => fromImageData({ ...image, data: [1] as never })).toThrow(T.ArgumentError);
    expect(() => fromImageData(image, { channels: 2 as never })).toThrow(/fromImageData: channels must be 1, 3 or 4/);
    expect(() => fromImageData(image, { alpha: true } as never)).toThrow(T.ArgumentError);
    await expect(toImageData(T.ones([5, 2, 2]))).rejects.toThrow(/toImageData: x is no image \(got \[5,2,2\]/);
    await expect(toImageData(T.ones([2]))).rejects.toThrow(T.ShapeError);
    await expect(toImageData(T.ones([2, 2], { dtype: "i32" }))).rejects.toThrow(T.DTypeError);
    await expect(toImageData(3 as never)).rejects.toThrow(T.ArgumentError);
  });
});

describe("PNG", () => {
  it.each([1, 2, 3, 4])("%d channels round-trip in 8 and 16 bits", async (channels) => {
    for (const depth of [8, 16] as const) {
      const most = 2 ** depth - 1;
      const values = Float64Array.from({ length: channels * 15 }, (_, i) => ((i * 7919) % (most + 1)) / most);
      const x = T.tensor(values, { shape: [channels, 3, 5] });
      const y = await readPng(await writePng(x, { depth }));
      expect([y.shape, y.dtype]).toEqual([[channels, 3, 5], "f32"]);
      expect([...(await y.data())]).toEqual(Array.from(values, Math.fround));
    }
    const grey = await readPng((await writePng(T.tensor([[0, 1]]))).slice().buffer);
    expect(grey.shape).toEqual([1, 1, 2]);
  });

  it("channels that are asked for", async () => {
    const file = await writePng(T.tensor([51, 102, 204].map((v) => v / 255), { shape: [3, 1, 1] })); // prettier-ignore
    expect(await bytes(readPng(file, { channels: 4 }))).toEqual([51, 102, 204, 255]);
    expect(await bytes(readPng(file, { channels: 1 }))).toEqual([99]);
    const grey = await writePng(T.tensor([0.2, 0.6], { shape: [2, 1, 1] }));
    expect(await bytes(readPng(grey, { channels: 3 }))).toEqual([51, 51, 51]);
    expect(await bytes(readPng(grey, { channels: 4 }))).toEqual([51, 51, 51, 153]);
  });

  it("few bits, palettes and a colour that stands for nothing", async () => {
    const bits = encode({ width: 10, height: 2, channels: 1, depth: 1, data: Uint8Array.of(0b10110011, 0b01000000, 0, 0xc0) }); // prettier-ignore
    expect(await bytes(readPng(bits))).toEqual([1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1].map((b) => b * 255)); // prettier-ignore
    const palette = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]; // prettier-ignore
    const four = encode({ width: 3, height: 1, channels: 1, depth: 2, data: Uint8Array.of(0b10000100), palette });
    const x = await readPng(four);
    expect([x.shape, await bytes(x)]).toEqual([
      [3, 1, 3],
      [7, 1, 4, 8, 2, 5, 9, 3, 6],
    ]);
  });

  it("wrong arguments", async () => {
    await expect(readPng(new Uint8Array(20))).rejects.toThrow(T.FormatError);
    await expect(readPng(new Uint8Array(0))).rejects.toThrow(/readPng: not a PNG file/);
    const file = await writePng(T.ones([2, 2]));
    file[file.length - 20] ^= 1;
    await expect(readPng(file)).rejects.toThrow(T.FormatError);
    await expect(readPng("x.png" as never)).rejects.toThrow(/readPng: expected the bytes of a file/);
    await expect(readPng(file, { channel: 1 } as never)).rejects.toThrow(T.ArgumentError);
    await expect(writePng(T.ones([2, 2]), { depth: 4 as never })).rejects.toThrow(/writePng: depth must be 8 or 16/);
    await expect(writePng(T.ones([0, 2]))).rejects.toThrow(T.ShapeError);
  });
});
