/**
 * Uses both backends, with a collection of garbage at every step, and releases them; then leaves one unreleased, with no
 * reference to it, looks whether it outlives a collection, and ends.
 */
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
  return values.at(-1);
}

async function leave(): Promise<WeakRef<object>[]> {
  const dawn = await createDawn({ backend: "swiftshader" });
  if (dawn.status !== "ready") throw new Error(dawn.reason);
  return [dawn.gpu, dawn.adapter, await dawn.device()].map((object) => new WeakRef(object));
}

const results = [await last("swiftshader", 2), await last("swiftshader", 500)];
await last("null", 64);
const left = await leave();
await collect();
await collect();
const alive = left.filter((object) => object.deref() !== undefined).length;
console.log(...results, `${alive} of ${left.length} alive`);
