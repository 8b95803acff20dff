/** What the browser test runs inside the page. */
import { webgpu } from "../../src/webgpu.ts";
import { firstDifference, runGpu, runOracle } from "./launch.ts";
import { randomMap } from "./randomKernel.ts";
import { randomReduction, REDUCTION_SHAPES } from "./randomReduction.ts";

/** Runs random kernels on the page's GPU and returns what differs from the oracle. */
export async function compareWithOracle(seeds: number): Promise<{ compared: number; differences: string[] }> {
  const backend = await webgpu();
  const launches = Object.values(REDUCTION_SHAPES).map((shape, i) => randomReduction(i, ["argmax", "sum f32"], shape));
  for (let seed = 1; seed <= seeds; seed++) launches.push(randomMap(seed));
  const differences: string[] = [];
  for (const [i, launch] of launches.entries()) {
    const actual = await runGpu(backend, launch);
    runOracle(launch).forEach((expected, k) => {
      const difference = firstDifference(actual[k], expected);
      if (difference !== undefined) differences.push(`launch ${i}, operand ${k}: ${difference}`);
    });
  }
  backend.destroy();
  return { compared: launches.length, differences };
}

/** What a read from a lost device throws. */
export async function errorOfDestroyedDevice(): Promise<string> {
  const backend = await webgpu();
  const storage = backend.alloc(4);
  backend.device.destroy();
  await backend.device.lost;
  try {
    await backend.read(storage, "f32", 1);
    return "nothing";
  } catch (error) {
    return String(error);
  }
}
