/** Engines that forbid something: text as code, compiling WebAssembly, WebAssembly altogether, workers. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { configure } from "@ansatz/tensor";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { callInPage, launchChromium } from "@ansatz/webgpu-testing/browser";
import { bundle } from "@ansatz/webgpu-testing/bundle";
import { run } from "./small.ts";

const before = configure({});
const files = await bundle({ "/small.js": new URL("./small.ts", import.meta.url) });
const want = await run();
configure(before);
const folder = mkdtempSync(join(tmpdir(), "ansatz-restricted-"));
writeFileSync(join(folder, "small.mjs"), files["/small.js"]);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function runWith(flags: readonly string[], prelude = ""): { values: number[]; kernels: number } {
  const main = join(folder, "main.mjs");
  // Imports are hoisted: what comes before must be awaited.
  writeFileSync(
    main,
    `${prelude}\nconst { run } = await import("./small.mjs");\nprocess.stdout.write(JSON.stringify(await run()));`,
  );
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, main], {
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout) as { values: number[]; kernels: number };
}

const NO_COMPILING = `
const forbid = () => { throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder"); };
WebAssembly.Module = function () { forbid(); };
WebAssembly.compile = forbid;
WebAssembly.instantiate = forbid;`;

const NO_WORKERS = `
const threads = await import("node:worker_threads");
const { syncBuiltinESMExports } = await import("node:module");
threads.default.Worker = class { constructor() { throw new Error("forbidden"); } };
syncBuiltinESMExports();`;

describe("the same results", () => {
  it.each([
    ["where text is never code", ["--disallow-code-generation-from-strings"], ""],
    ["where WebAssembly cannot be compiled, by the oracle", [], NO_COMPILING],
    ["where there is no WebAssembly, by the oracle", ["--jitless"], ""],
    ["where workers are forbidden, on one thread", [], NO_WORKERS],
  ])(
    "%s",
    (_, flags, prelude) => {
      const { values, kernels } = runWith(flags, prelude);
      expect(values).toEqual(want.values);
      expect(kernels).toBeGreaterThan(5);
    },
    90_000,
  );
});

describe("content security policies", () => {
  it.for([
    ["that allow WebAssembly but no evaluation", "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:", true],
    ["that allow no WebAssembly", "script-src 'self'", false],
  ] as const)("%s", { timeout: 90_000 }, async ([, policy, compiles], context) => {
    await using chromium = readyOrSkip(await launchChromium(), context);
    const html = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><link rel="icon" href="data:,"><title>Test</title>`;
    const page = await chromium.openPage({ files: { ...files, "/": html, "/index.html": html } });
    const canCompile = await page.evaluate(() => {
      try {
        return new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) instanceof WebAssembly.Module;
      } catch {
        return false;
      }
    });
    expect(canCompile).toBe(compiles);
    const got = await callInPage<{ values: number[] }>(page, "/small.js", "run");
    expect(got.values).toEqual(want.values);
  });
});
