/** Pictures. */
import { toPixels, toPng } from "@ansatz/inverse";
import { tensor } from "@ansatz/tensor";
import { expect, test } from "vitest";
import { inflateSync } from "node:zlib";

const image = tensor([
  [0, 1, 2],
  [3, 4, NaN],
]);

test("grey levels run from the least value to the largest", async () => {
  const { width, height, data } = await toPixels(image);
  expect([width, height]).toEqual([3, 2]);
  expect(Array.from(data.filter((_, i) => i % 4 === 0))).toEqual([0, 64, 128, 191, 255, 0]);
  expect(Array.from(data.filter((_, i) => i % 4 === 3))).toEqual([255, 255, 255, 255, 255, 0]);
});

test("values beyond the ends get the colours of the ends", async () => {
  const { data } = await toPixels(image, { map: "signed", low: 1, high: 3 });
  expect(Array.from(data.subarray(0, 12))).toEqual([30, 60, 160, 255, 30, 60, 160, 255, 255, 255, 255, 255]);
});

test("a PNG holds the rows", async () => {
  const pixels = await toPixels(image);
  const file = await toPng(pixels);
  expect(String.fromCharCode(...file.subarray(1, 4))).toBe("PNG");
  const view = new DataView(file.buffer);
  expect([view.getUint32(16), view.getUint32(20)]).toEqual([3, 2]);
  const at = 8 + 25;
  expect(String.fromCharCode(...file.subarray(at + 4, at + 8))).toBe("IDAT");
  const rows = inflateSync(file.subarray(at + 8, at + 8 + view.getUint32(at)));
  expect(Array.from(rows.subarray(1, 13))).toEqual(Array.from(pixels.data.subarray(0, 12)));
  expect(rows[13]).toBe(0);
});
