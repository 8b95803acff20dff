/** The same key on another device: digits of the shipped network on the processor and on the GPU. */
import { sample, samplers } from "@ansatz/samplers";
import { astype, disposeTree, mul, treeMap } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { digitGrid, makeDenoiser } from "../../models/denoiser.ts";
import { digitParameters } from "../../tour/quant/models.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";
import { largest } from "./problem.ts";

/**
 * Samplers with the levels that they are made for and numbers of calls. PLMS, whose weights suppose equal steps in time,
 * magnifies rounding on other levels, and also in five calls, which it is too rough for: there the pixels reach 3, single
 * precision on one device is further from double precision than the two devices are from each other, and the goal is missed.
 */
const METHODS = [
  ["ddim", "log-snr", 5],
  ["dpm-solver++-2m", "log-snr", 5],
  ["plms", "time-uniform", 10],
  ["plms", "time-uniform", 5],
  ["euler-ancestral", "log-snr", 5],
] as const;

/** A digit drawn on a device. */
async function digit(
  [name, spacing, calls]: (typeof METHODS)[number],
  device: string,
  seed: number,
  signal: AbortSignal,
  dtype: "f32" | "f64" = "f32",
): Promise<Float64Array> {
  const stored = await digitParameters(device);
  const params = treeMap((leaf) => astype(leaf, dtype), stored);
  const grid = digitGrid(spacing);
  const prepared = samplers.find((entry) => entry.name === name)?.prepare?.(grid, calls);
  if (prepared === undefined) throw new Error(`devices: no such sampler (got ${name}).`);
  const { sampler, levels } = prepared;
  try {
    using noise = normal(key(seed), [1, 1, 28, 28], { device });
    using x = astype(mul(noise, levels[0].sigma), dtype).eval();
    const { schedule } = grid;
    const run = { sampler, levels, denoiser: makeDenoiser(params), schedule, x, key: key(seed).fold(1), signal };
    const { value, status, message } = await sample(run);
    using result = value;
    if (status !== "completed") throw new Error(`devices: ${message}`);
    return Float64Array.from((await result.data()) as ArrayLike<number>);
  } finally {
    disposeTree(stored);
    disposeTree(params);
  }
}

export const devices: Figure = {
  id: "devices",
  title: "one digit of the shipped network with the same key on the processor and on the GPU (--device webgpu)",
  async run({ seed, device, signal, report }) {
    const rows = [];
    for (const method of METHODS) {
      const [name, , calls] = method;
      report(name);
      const shared = {
        id: `devices.${name}.${calls}`,
        title: `${name}, ${calls} calls: largest difference of a pixel`,
        unit: "",
        better: "less",
      } as const;
      if (device.name === "cpu") {
        rows.push(makeRow({ ...shared, value: null, note: "the device is the processor itself" }));
        continue;
      }
      const [here, there] = [await digit(method, "cpu", seed, signal), await digit(method, device.name, seed, signal)];
      const value = largest(here.map((v, i) => v - there[i]));
      // Noise of f64 is another draw, so with it single precision cannot be compared with double.
      const noisy = samplers.find((entry) => entry.name === name)?.noisy === true;
      const rounding = (exact: Float64Array): string =>
        `f32 and f64 on the processor differ by ${largest(here.map((v, i) => v - exact[i])).toExponential(1)}`;
      const note = noisy ? undefined : rounding(await digit(method, "cpu", seed, signal, "f64"));
      rows.push(makeRow({ ...shared, value, target: { relation: "<=", value: 1e-4 }, note }));
    }
    return rows;
  },
};
