/** Random radar scenes. */
import { randomPhases, randomReflectors } from "@ansatz/inverse";
import { abs, imag, real, sub } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { expect, test } from "vitest";
import { read } from "./reader/common.ts";

test("scenes are magnitudes up to 1, reproducible, and differ by key", async () => {
  for (const seed of [1, 2, 3]) {
    const scene = await read(await randomReflectors(key(seed), [7, 6, 5]));
    expect(Math.max(...scene)).toBe(1);
    expect(Math.min(...scene)).toBe(0);
    expect(await read(await randomReflectors(key(seed), [7, 6, 5]))).toEqual(scene);
  }
  expect(await read(await randomReflectors(key(1), [7, 6, 5]))).not.toEqual(
    await read(await randomReflectors(key(2), [7, 6, 5])),
  );
});

test("phases are uniform and leave magnitudes", async () => {
  const magnitudes = await randomReflectors(key(1), [20, 20, 20]);
  const scene = randomPhases(key(2), magnitudes);
  for (const d of await read(sub(abs(scene), magnitudes))) expect(Math.abs(d)).toBeLessThan(1e-6);
  const [re, im] = [await read(real(scene)), await read(imag(scene))];
  const filled = re.map((x, i) => Math.atan2(im[i], x)).filter((_, i) => re[i] !== 0 || im[i] !== 0);
  for (const harmonic of [1, 2]) {
    const mean = filled.reduce((sum, t) => sum + Math.cos(harmonic * t), 0) / filled.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(filled.length));
  }
});

test("shapes that are no scenes are refused", async () => {
  await expect(randomReflectors(key(1), [4, 4])).rejects.toThrow(/a scene has three axes/);
  await expect(randomReflectors(key(1), [4, 4, 4], 0)).rejects.toThrow(/count is out of range/);
});
