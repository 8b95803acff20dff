/** Memory without `dispose`: bounded in asynchronous loops wherever V8 runs, and a clear error in synchronous ones. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { callInPage, launchChromium } from "@ansatz/webgpu-testing/browser";
import { bundle } from "@ansatz/webgpu-testing/bundle";

const MIB = 2 ** 20;
/** Spec F1. */
const MOST = 512;

const files = await bundle({ "/loop.js": new URL("./loop.ts", import.meta.url) });
const folder = mkdtempSync(join(tmpdir(), "ansatz-memory-"));
const before = T.configure({});

afterEach(() => {
  T.configure(before);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The Node of the machine, outside of the packages, when it is another version than this one. */
function otherNode(): string | undefined {
  for (const dir of (process.env.PATH ?? "").split(delimiter)) {
    const file = join(dir, "node");
    if (dir.includes("node_modules") || !existsSync(file)) continue;
    const { stdout } = spawnSync(file, ["--version"], { encoding: "utf8" });
    if (stdout.startsWith("v") && stdout.split(".")[0] !== process.version.split(".")[0]) return file;
  }
  return undefined;
}

describe("400 tensors of 16 MiB, one number read of each", () => {
  const here = join(folder, "main.mjs");
  writeFileSync(join(folder, "loop.mjs"), files["/loop.js"]);
  writeFileSync(here, `import { run } from "./loop.mjs";\nprocess.stdout.write(String(await run()));`);

  it.each([
    ["this Node", process.execPath],
    ["another Node", otherNode()],
  ])(
    "hold at most 512 MiB in %s",
    (_, node) => {
      if (node === undefined) return;
      const { stdout, stderr } = spawnSync(node, [here], { encoding: "utf8", timeout: 60_000 });
      expect(stderr).toBe("");
      expect(Number(stdout)).toBeGreaterThan(16);
      expect(Number(stdout)).toBeLessThanOrEqual(MOST);
    },
    90_000,
  );

  it("hold at most 512 MiB in Chromium", async (context) => {
    await using chromium = readyOrSkip(await launchChromium(), context);
    const page = await chromium.openPage({ files });
    const peak = await callInPage<number>(page, "/loop.js", "run");
    expect(peak).toBeGreaterThan(16);
    expect(peak).toBeLessThanOrEqual(MOST);
  }, 90_000);
});

describe("memory that runs out", () => {
  const block = (): Tensor => T.tensor(new Float32Array(MIB));

  it("in a synchronous loop is a clear error", () => {
    T.configure({ memoryBudget: 64 * MIB });
    const loop = (): void => {
      for (let i = 0; i < 100; i++) T.add(T.full([MIB], i), 1).eval();
    };
    expect(loop).toThrow(T.OutOfMemoryError);
    expect(loop).toThrow(/Free tensors with dispose\(\), using, scope\(\) or compile\(fn, \{ donate \}\)/);
  });

  it("at an asynchronous read is collected once before it is an error", async () => {
    T.configure({ memoryBudget: 64 * MIB });
    let sum = 0;
    for (let i = 0; i < 60; i++) sum += (await T.add(T.full([MIB], i), 1).data())[MIB - 1];
    expect(sum).toBe((60 * 61) / 2);
    const kept: Tensor[] = [];
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        kept.push(T.add(T.full([MIB], i), 1));
        await kept[i].data();
      }
    };
    await expect(fill()).rejects.toThrow(T.OutOfMemoryError);
    // What could not be computed is computed once there is room.
    const last = kept.at(-1) as Tensor;
    for (const t of kept.slice(0, -1)) t.dispose();
    expect((await last.data())[0]).toBe(kept.length);
    last.dispose();
  });

  it("takes nothing from a run that fails half way", () => {
    const x = block();
    T.configure({ memoryBudget: T.memory().used + 10 * MIB });
    const { used } = T.memory();
    const two = T.compile((a: Tensor) => [T.exp(a), T.sin(a), T.tanh(a)]);
    expect(() => two(x)).toThrow(T.OutOfMemoryError);
    expect(() => T.together([T.exp(x), T.sin(x), T.tanh(x)])[0].eval()).toThrow(T.OutOfMemoryError);
    expect(T.memory().used - used).toBeLessThan(8192);
    T.configure(before);
    expect(two(x)[2].dataSync()[0]).toBe(0);
  });
});

describe("reading", () => {
  it("has happened when the tensor is disposed right after", async () => {
    const x = T.arange(0, 1000, 1, { dtype: "f32" });
    const data = x.data();
    const item = T.sum(x).item();
    x.dispose();
    T.full([1000], -1).eval();
    expect((await data)[999]).toBe(999);
    expect(await item).toBe(499_500);
  });
});
