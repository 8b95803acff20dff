/** G1 and G2: the packed packages on every supported Node, and what they weigh. */
import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import type { PeerValue, Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { withoutValue } from "../openPeers.ts";
import { makeRow } from "../rows.ts";

const root = fileURLToPath(new URL("../../../../..", import.meta.url));
const bench = fileURLToPath(new URL("../../..", import.meta.url));

interface TestCounts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Runs the workspace's packaging tests, which pack, install and import the packages. */
async function packagingTests(signal: AbortSignal): Promise<TestCounts> {
  const file = join(tmpdir(), `ansatz-packaging-${process.pid}.json`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--project", "workspace", "packaging", "--reporter=json", `--outputFile=${file}`];
  try {
    // A failed test ends the process with an error, too; the file says which it was.
    await new Promise<void>((resolve) => {
      execFile(process.execPath, args, { cwd: root, signal, maxBuffer: 2 ** 26 }, () => resolve());
    });
    return JSON.parse(await readFile(file, "utf8")) as TestCounts;
  } finally {
    await rm(file, { force: true });
  }
}

export const g1: Figure = {
  id: "G1",
  title: "packed packages on Node 20, 22 and 24, Bun and Deno, without code generation from strings",
  async run({ signal, report }) {
    report("packing, installing and importing");
    const facts = {
      id: "G1",
      title: "packaging tests that fail",
      unit: "tests",
      better: "equal",
      target: { relation: "=", value: 0 },
    } as const;
    try {
      const { numFailedTests, numPassedTests, numPendingTests, testResults } = await packagingTests(signal);
      const ran = numFailedTests + numPassedTests;
      if (ran === 0) {
        const reason = testResults.map(({ message }) => message ?? "").find((message) => message !== "");
        throw new Error(reason?.trim().split("\n")[0] ?? "no test was found");
      }
      const failed = testResults
        .flatMap(({ assertionResults }) => assertionResults)
        .filter(({ status }) => status === "failed")
        .map(({ fullName }) => `; failed: ${fullName}`);
      const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : "";
      return [
        makeRow({
          ...facts,
          value: numFailedTests,
          runs: ran,
          note: `${numPassedTests} of ${ran} tests passed${skipped}${failed.join("")}`,
        }),
      ];
    } catch (error) {
      return [makeRow({ ...facts, value: null, note: `the tests did not run: ${String(error)}` })];
    }
  },
};

/** Bytes of a module after bundling (esbuild), minifying (terser) and gzip; WebAssembly files beside it are not counted. */
export async function bundledSize(code: string): Promise<number> {
  const result = await build({
    stdin: { contents: code, resolveDir: bench, sourcefile: "size.ts" },
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    conditions: ["@ansatz/source"],
    external: ["node:*", "webgpu", "ndarray"],
    loader: { ".wasm": "empty" },
    logLevel: "silent",
  });
  const { code: small } = await minify(result.outputFiles[0].text, {
    module: true,
    toplevel: true,
    compress: { passes: 5 },
  });
  return gzipSync(small ?? "", { level: 9 }).length;
}

/** What a user of a peer imports for the whole of it. */
const WHOLE: Readonly<Record<string, string>> = {
  "tfjs-wasm": 'export * from "@tensorflow/tfjs-core"; export * from "@tensorflow/tfjs-backend-wasm";',
  "jax-js": 'export * from "@jax-js/jax";',
  "numpy-ts": 'export * from "numpy-ts";',
};

const KILOBYTE = 1000;

async function peerSizes({ peers }: FigureContext, ours: number): Promise<PeerValue[]> {
  const values: PeerValue[] = [];
  for (const open of peers) {
    const code = WHOLE[open.name];
    if (code === undefined) continue;
    try {
      const size = await bundledSize(code);
      const note = "JavaScript only";
      values.push({
        ...withoutValue(open, "failed", note),
        status: "measured",
        value: size / KILOBYTE,
        ratio: size / ours,
      });
    } catch (error) {
      values.push(withoutValue(open, "failed", String(error).split("\n")[0]));
    }
  }
  return values;
}

export const g2: Figure = {
  id: "G2",
  title: "size after bundling, minifying and gzip",
  async run(context): Promise<Row[]> {
    const whole = await bundledSize('export * from "@ansatz/tensor";');
    const least = await bundledSize(
      'import { add, zeros } from "@ansatz/tensor/core"; export const numbers = await add(zeros([2]), 1).data();',
    );
    const shared = { unit: "kB", better: "less" } as const;
    return [
      makeRow({
        ...shared,
        id: "G2.whole",
        title: "the whole of @ansatz/tensor",
        value: whole / KILOBYTE,
        target: { relation: "<=", value: 70 },
        peers: await peerSizes(context, whole),
      }),
      makeRow({
        ...shared,
        id: "G2.least",
        title: "zeros, add and reading",
        value: least / KILOBYTE,
        target: { relation: "<=", value: 25 },
      }),
    ];
  },
};
