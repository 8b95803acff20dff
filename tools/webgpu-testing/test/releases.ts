/** Uses both backends, with a collection of garbage at every step, releases them, starts one anew and ends. */
import { setTimeout } from "node:timers/promises";
import { createDawn } from "../src/dawn.ts";
import type { DawnBackend } from "../src/dawn.ts";
import { doubling } from "./doubling.ts";

async function collect(): Promise<void> {
  globalThis.gc?.();
  await setTimeout(1);
  globalThis.gc?.();
}

async function last(backend: DawnBackend, n: number): Promise<number | undefined> {
  const dawn = await createDawn({ backend });
  if (dawn.status !== "ready") throw new Error(dawn.reason);
  const device = await dawn.device();
  await collect();
  const computing = doubling(device, n);
  await collect();
  const values = await computing;
  dawn.release();
  dawn.release();
  return backend === "null" ? undefined : values.at(-1);
}

const results = [await last("swiftshader", 2), await last("swiftshader", 500)];
if ((await last("null", 64)) === undefined) console.log(...results, "null");
