import { execFile } from "node:child_process";
import { constants, existsSync, readdirSync, statSync } from "node:fs";
import { access, mkdir, mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { readyOrNotice, readyOrSkip } from "../src/availability.ts";
import { unpackSwiftShader } from "../src/unpack.ts";

const cache = await mkdtemp(join(tmpdir(), "webgpu-testing-"));
afterAll(() => rm(cache, { recursive: true }));

test(
  "processes that unpack at once agree on one whole folder and leave nothing else",
  { timeout: 30_000 },
  async (context) => {
    readyOrSkip(await unpackSwiftShader(), context);
    const abandoned = join(cache, "swiftshader-0.0.0.x.partial");
    await mkdir(abandoned);
    await utimes(abandoned, 0, 0);

    const source = new URL("../src/unpack.ts", import.meta.url).href;
    const script = `
    const { unpackSwiftShader } = await import(${JSON.stringify(source)});
    console.log((await unpackSwiftShader({ cache: ${JSON.stringify(cache)} })).loader);`;
    const runs = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]),
    );
    const loaders = new Set((await Promise.all(runs)).map(({ stdout }) => stdout.trim()));

    expect(loaders.size).toBe(1);
    const [folder, ...others] = await readdir(cache);
    expect(folder).toMatch(/^swiftshader-\d+\.\d+\.\d+$/);
    expect(others).toEqual([]);
    expect((await readdir(join(cache, folder))).toSorted()).toEqual(
      expect.arrayContaining(["libvk_swiftshader.so", "libvulkan.so.1", "vk_swiftshader_icd.json"]),
    );
    await access([...loaders][0], constants.R_OK);
  },
);

test("a folder that is there is whole at every moment", { timeout: 30_000 }, async (context) => {
  readyOrSkip(await unpackSwiftShader(), context);
  const own = join(cache, "watched");
  const sizes = (folder: string): Record<string, number> =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size]));
  const seen: Record<string, number>[] = [];
  const unpack = { done: false };
  const unpacking = unpackSwiftShader({ cache: own }).finally(() => {
    unpack.done = true;
  });
  while (!unpack.done) {
    const name = existsSync(own) ? readdirSync(own).find((name) => !name.endsWith(".partial")) : undefined;
    if (name !== undefined) seen.push(sizes(join(own, name)));
    await setImmediate();
  }
  const { folder } = readyOrSkip(await unpacking, context);
  const whole = sizes(folder);
  expect(Object.keys(whole)).toHaveLength(5);
  for (const moment of seen) expect(moment).toEqual(whole);
  await rm(own, { recursive: true });
});

test("without an adapter a test is skipped, and fails with CI set", () => {
  const missing = { status: "no adapter", reason: "none here" } as const;
  const notes: string[] = [];
  const context = { skip: (note: string) => void notes.push(note) };
  const before = process.env.CI;
  try {
    delete process.env.CI;
    expect(() => readyOrSkip(missing, context)).toThrow("skipped: no adapter (none here)");
    expect(notes).toEqual(["skipped: no adapter (none here)"]);
    process.env.CI = "true";
    const refusal = "webgpu-testing: no adapter (none here). With CI set, WebGPU tests may not be skipped.";
    expect(() => readyOrSkip(missing, context)).toThrow(refusal);
    expect(() => readyOrNotice(missing)).toThrow(refusal);
    expect(notes).toHaveLength(1);
  } finally {
    if (before === undefined) delete process.env.CI;
    else process.env.CI = before;
  }
});
