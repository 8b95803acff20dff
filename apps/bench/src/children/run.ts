/** Running the programs in processes and pages of their own. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { callInPage, launchChromium } from "@ansatz/webgpu-testing/browser";
import { bundle } from "@ansatz/webgpu-testing/bundle";
import type { MemoryFigures } from "./programs.ts";

/** Names of the programs. */
export type ProgramName = "manyTensors" | "longLoop" | "adamSteps" | "projections";

const execute = promisify(execFile);
const main = new URL("main.ts", import.meta.url);

async function runNode(
  program: string,
  args: readonly string[],
  name: ProgramName,
  signal: AbortSignal,
): Promise<MemoryFigures> {
  const { stdout } = await execute(program, ["--expose-gc", ...args, name], { signal });
  return JSON.parse(stdout) as MemoryFigures;
}

/** In a process of the Node that runs this one, from sources. */
export async function inThisNode(name: ProgramName, signal: AbortSignal): Promise<MemoryFigures> {
  return await runNode(process.execPath, ["--conditions=@ansatz/source", fileURLToPath(main)], name, signal);
}

/** In a process of Node 20, bundled. @throws Error when it is not installed */
export async function inNode20(name: ProgramName, signal: AbortSignal): Promise<MemoryFigures> {
  const manifest = createRequire(import.meta.url).resolve("node20/package.json");
  const folder = await mkdtemp(join(tmpdir(), "ansatz-bench-"));
  try {
    const file = join(folder, "main.mjs");
    const bundled = await bundle({ "/main.mjs": main });
    await writeFile(file, bundled["/main.mjs"]);
    return await runNode(join(dirname(manifest), "bin", "node"), [file], name, signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In a page of headless Chromium. @throws Error when there is none */
export async function inChromium(name: ProgramName): Promise<MemoryFigures> {
  const browser = await launchChromium();
  if (browser.status !== "ready") throw new Error(browser.reason);
  try {
    const files = await bundle({ "/programs.js": new URL("programs.ts", import.meta.url) });
    const page = await browser.openPage({ files });
    return await callInPage<MemoryFigures>(page, "/programs.js", name);
  } finally {
    await browser.close();
  }
}
