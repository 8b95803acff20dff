import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { readyOrSkip } from "../src/availability.ts";
import { createDawn, shaderErrors } from "../src/dawn.ts";
import { doubling, DOUBLING } from "./doubling.ts";

const swiftshader = await createDawn({ backend: "swiftshader" });
const nothing = await createDawn({ backend: "null" });

afterAll(() => {
  if (swiftshader.status === "ready") swiftshader.release();
  if (nothing.status === "ready") nothing.release();
});

test("Dawn computes on SwiftShader", async (context) => {
  const dawn = readyOrSkip(swiftshader, context);
  expect(dawn.adapter.info).toMatchObject({ vendor: "google", architecture: "swiftshader" });
  const device = await dawn.device();
  await expect(doubling(device, 1000)).resolves.toEqual(Array.from({ length: 1000 }, (_, i) => 2 * i + 1));
});

test("a device may be asked for with the limits of its adapter", async (context) => {
  const dawn = readyOrSkip(swiftshader, context);
  const { maxStorageBuffersPerShaderStage } = dawn.adapter.limits;
  expect(maxStorageBuffersPerShaderStage).toBeGreaterThan(8);
  const device = await dawn.device((adapter) => ({
    requiredLimits: { maxStorageBuffersPerShaderStage: adapter.limits.maxStorageBuffersPerShaderStage },
  }));
  expect(device.limits.maxStorageBuffersPerShaderStage).toBe(maxStorageBuffersPerShaderStage);
});

test("the null backend accepts a good shader", async (context) => {
  const device = await readyOrSkip(nothing, context).device();
  await expect(shaderErrors(device, DOUBLING)).resolves.toEqual([]);
});

test("the null backend reports what is wrong with a bad shader, and where", async (context) => {
  const device = await readyOrSkip(nothing, context).device();
  const uncaptured: string[] = [];
  device.addEventListener("uncapturederror", ({ error }) => uncaptured.push(error.message));
  await expect(shaderErrors(device, "\nfn f() { let x: i32 = 1.5; }")).resolves.toEqual([
    "error 2:23 cannot convert value of type 'abstract-float' to type 'i32'",
  ]);
  expect(uncaptured).toEqual([]);
});

test("the null backend reports what only building the pipeline shows", async (context) => {
  const device = await readyOrSkip(nothing, context).device();
  const [complaint, ...others] = await shaderErrors(device, "@compute @workgroup_size(4096) fn main() {}");
  expect(complaint).toMatch(/4096/);
  expect(others).toEqual([]);
});

test(
  "what was made stays until it is released, and the process ends by itself",
  { timeout: 30_000 },
  async (context) => {
    readyOrSkip(swiftshader, context);
    const script = fileURLToPath(new URL("./releases.ts", import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--expose-gc", script], {
      timeout: 20_000,
    });
    expect(stdout).toBe("3 999 3 of 3 alive\n");
    expect(stderr).toBe("");
  },
);

test("an unknown backend is refused", async () => {
  await expect(createDawn({ backend: "metal" as "null" })).rejects.toThrow(
    'createDawn: unknown backend (got metal, expected "swiftshader" or "null").',
  );
});
