import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The condition that makes `@ansatz/*` imports resolve to TypeScript sources instead of `dist`. */
const SOURCE = "@ansatz/source";

const folders = ["packages", "apps", "tests", "tools"].flatMap((group) =>
  readdirSync(new URL(`./${group}`, import.meta.url))
    .filter((name) => existsSync(new URL(`./${group}/${name}/package.json`, import.meta.url)))
    .map((name) => ({ name, root: `./${group}/${name}` })),
);

export default defineConfig({
  resolve: { conditions: [SOURCE, "module", "node", "development|production"] },
  ssr: {
    resolve: {
      conditions: [SOURCE, "module", "node", "development|production"],
      externalConditions: [SOURCE, "node", "module-sync"],
    },
  },
  test: {
    // The JSON report is what scripts/testSummary.ts counts.
    reporters: process.env["CI"] === undefined ? ["default"] : ["default", "json"],
    outputFile: { json: "out/test-results.json" },
    setupFiles: [fileURLToPath(new URL("./tests/failOnConsole.ts", import.meta.url))],
    // Generous: what a test checks is a result, and a loaded machine must not change the verdict.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    slowTestThreshold: 10_000,
    maxWorkers: "100%",
    // Worker threads and child processes started by tests see sources too.
    execArgv: [`--conditions=${SOURCE}`],
    projects: folders.map(({ name, root }) => ({
      extends: true as const,
      root,
      test: { name, include: ["test/**/*.test.ts"] },
    })),
  },
});
