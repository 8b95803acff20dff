/** Every operator of the registry gives the same on WebGPU as on the CPU, and so do Feldkamp's method and a posterior run. */
import { afterAll, expect, test } from "vitest";
import { coneBeam, evenAngles, feldkamp, operators } from "@ansatz/inverse";
import { afdps, gaussianLikelihood, samplePosterior } from "@ansatz/inverse/posterior";
import { levelsFromSigmas } from "@ansatz/samplers";
import { asReal, astype, complex, isComplex, mul, registerBackend, tensor, type Tensor } from "@ansatz/tensor";
import { matrixOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { key, normal } from "@ansatz/tensor/random";
import { webgpu } from "@ansatz/tensor/webgpu";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { createDawn } from "@ansatz/webgpu-testing/dawn";
import { read } from "./reader/common.ts";

const created = await createDawn({ backend: "swiftshader" });
if (created.status === "ready") registerBackend(await webgpu({ gpu: created.gpu }));
afterAll(() => created.status === "ready" && created.release());

const numbers = (t: Tensor): Promise<number[]> => read(isComplex(t.dtype) ? asReal(t) : t);

async function onDevice(a: LinearOperator, device: string, forward: boolean): Promise<number[]> {
  const shape = forward ? a.domain : a.range;
  const [first, second] = key(1).split(2);
  const re = normal(first, shape, { device });
  const x = isComplex(a.dtype) ? complex(re, normal(second, shape, { device })) : astype(re, a.dtype);
  const y = forward ? a.apply(x) : a.adjoint(x);
  expect(y.device).toBe(device);
  return numbers(y);
}

for (const { name, create } of operators) {
  test(name, async (context) => {
    readyOrSkip(created, context);
    const a = create("f32");
    for (const forward of [true, false]) {
      const cpu = await onDevice(a, "cpu", forward);
      const gpu = await onDevice(a, "webgpu", forward);
      const largest = cpu.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      for (const [i, v] of gpu.entries()) expect(Math.abs(v - cpu[i])).toBeLessThanOrEqual(1e-5 * largest);
    }
  });
}

test("a cone's reconstruction", async (context) => {
  readyOrSkip(created, context);
  const geometry = coneBeam({
    volume: { slices: 3, rows: 7, columns: 6, pixel: 0.25 },
    angles: evenAngles(9, 2 * Math.PI),
    detectors: 11,
    spacing: 0.3,
    detectorRows: 8,
    sourceDistance: 4,
    detectorDistance: 2,
  });
  const values = [];
  for (const device of ["cpu", "webgpu"]) {
    const volume = feldkamp(geometry, normal(key(1), [9, 8, 11], { device }));
    expect(volume.device).toBe(device);
    values.push(await read(volume));
  }
  const largest = values[0].reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  for (const [i, v] of values[1].entries()) expect(Math.abs(v - values[0][i])).toBeLessThanOrEqual(1e-5 * largest);
});

test("an ensemble", async (context) => {
  readyOrSkip(created, context);
  const values = [];
  for (const device of ["cpu", "webgpu"]) {
    const operator = matrixOperator(tensor([[1, 0.5]], { device }));
    const likelihood = gaussianLikelihood({ operator, data: tensor([0.3], { device }), sigma: 0.5 });
    const denoiser = (x: Tensor, { sigma }: { readonly sigma: number }): Tensor => mul(x, 1 / (1 + sigma * sigma));
    const problem = { denoiser, likelihood, levels: levelsFromSigmas([3, 1, 0.3, 0]), variance: 1 };
    const { value, weights } = await samplePosterior(afdps(), problem, { key: key(1), particles: 6 });
    expect(value.device).toBe(device);
    values.push([...(await read(value)), ...weights]);
  }
  for (const [i, v] of values[1].entries()) expect(v).toBeCloseTo(values[0][i], 4);
});
