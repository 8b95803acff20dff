/** The GPU of a test process, and expectations about kernels. */
import { afterAll, expect, type TestContext } from "vitest";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { createDawn } from "@ansatz/webgpu-testing/dawn";
import { requestDevice } from "../../src/backend/webgpu/request.ts";
import { createWebGPUBackend, type WebGPUBackend } from "../../src/backend/webgpu/webgpu.ts";
import { firstDifference, runGpu, runOracle, type Comparing, type Data, type Launch } from "./launch.ts";

const swiftshader = await createDawn({ backend: "swiftshader" });
let backend: Promise<WebGPUBackend> | undefined;

afterAll(async () => {
  (await backend)?.destroy();
  if (swiftshader.status === "ready") swiftshader.release();
});

/** The GPU of the test process. Skips the test (or fails it in CI) when there is none. */
export function gpuOf(context: TestContext): GPU {
  return readyOrSkip(swiftshader, context).gpu;
}

/** A fresh backend on a device of its own. */
export async function freshBackend(context: TestContext): Promise<WebGPUBackend> {
  return createWebGPUBackend((await requestDevice({ gpu: gpuOf(context) })).device);
}

/** The backend that the tests of a file share. */
export function openBackend(context: TestContext): Promise<WebGPUBackend> {
  const gpu = gpuOf(context);
  backend ??= requestDevice({ gpu }).then(({ device }) => createWebGPUBackend(device));
  return backend;
}

/** Fails unless both are equal bit for bit (NaN equals NaN); the message names the first difference. */
export function expectSameBits(actual: Data, expected: Data, what = "", comparing: Comparing = {}): void {
  const difference = firstDifference(actual, expected, comparing);
  if (difference !== undefined) expect.fail(`${what} ${difference}`);
}

/** Fails unless the device leaves the same bits in every operand as the oracle. */
export async function expectSameAsOracle(
  backend: WebGPUBackend,
  launch: Launch,
  what = "",
  comparing: Comparing = {},
): Promise<void> {
  const actual = await runGpu(backend, launch);
  const expected = runOracle(launch);
  expected.forEach((data, k) => expectSameBits(actual[k], data, `${what} operand ${k}`, comparing));
}
