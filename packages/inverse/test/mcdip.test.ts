/** What the splitting of MCDIP-ADMM is for: a better image than that of a network alone, and one that stays. */
import { readFileSync } from "node:fs";
import { dip, evenAngles, iterateReconstruction, mcdipAdmm, projector, psnr, type Algorithm } from "@ansatz/inverse";
import { tensor } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { expect, test } from "vitest";
import { geometryOf } from "./reader/common.ts";

const file = JSON.parse(readFileSync(new URL("golden/ct_bench_par32.json", import.meta.url), "utf8"));
const image = { rows: 32, columns: 32, pixel: file.pixel as number };
const operator = projector(
  geometryOf(file.geometry.kind, { ...file.geometry, angles: evenAngles(file.geometry.views) }, image),
);
const data = tensor(Float32Array.from(file.sinogram), { shape: operator.range });
const truth = tensor(Float32Array.from(file.image.flat()), { shape: operator.domain });

/** PSNR after every 100 of 1000 steps. */
async function quality(method: Algorithm): Promise<number[]> {
  const found: number[] = [];
  for await (const { iteration, x } of iterateReconstruction(method, { operator, data }, { maxIterations: 10 })) {
    if (iteration > 0) found.push(await psnr(x, truth));
  }
  return found;
}

// The small networks of the acceptance, some 20 000 weights. `bench inverse` has the large ones, with three seeds.
test("MCDIP-ADMM is 2 dB better than a deep image prior after 1000 steps, and keeps its best", async () => {
  const sizes = { codeChannels: 4, features: 8, encoder: [8, 16], decoder: [8, 16, 16], unit: image.pixel };
  const common = { key: key(1), ...sizes, stepsPerIteration: 100 };
  const plain = await quality(dip(common));
  const ours = await quality(mcdipAdmm({ ...common, codes: 3 }));
  expect(ours[9] - plain[9]).toBeGreaterThan(2);
  expect(Math.max(...ours) - ours[9]).toBeLessThan(0.2);
}, 300_000);
