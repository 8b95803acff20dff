/** The worked example of CONTRIBUTING.md is followed to the letter, in a copy of the sources, and is a sampler of the package. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { SMOOTH, SMOOTH_START } from "./support.ts";

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const text = readFileSync(join(packageFolder, "../../CONTRIBUTING.md"), "utf8");

function fence(name: string): string {
  const found = new RegExp(`\`\`\`ts ${name.replace(".", "\\.")}\\n([\\s\\S]*?)\`\`\``).exec(text);
  if (found === null) throw new Error(`CONTRIBUTING.md has no fence for ${name}`);
  return found[1];
}

/** What a contributor's tests ask of the new entry. */
const PROBE = `
import { levelGrid, runPlanNumeric, samplers, twoPoint, vpLinear } from "./src/index.ts";
import { mixtureModel, probabilityFlow } from "./src/problems/index.ts";

const start = Float64Array.from(${JSON.stringify(SMOOTH_START)}.flat());
const model = mixtureModel(${JSON.stringify(SMOOTH)});
const entry = samplers.find(({ name }) => name === "two-point");
const grid = levelGrid(vpLinear(), { spacing: "log-snr", end: 1e-2 });
const errors = [80, 160, 320].map((steps) => {
  const { sampler, levels } = entry.prepare(grid, steps);
  const exact = probabilityFlow(model, start, levels[0], levels[steps]);
  const end = runPlanNumeric(sampler.plan(levels), start, model).at(-1);
  return Math.sqrt(end.reduce((sum, v, i) => sum + (v - exact[i]) ** 2, 0) / end.length);
});
const { sampler, levels } = entry.prepare(grid, 7);
const { evaluations } = sampler.plan(levels);
console.log(JSON.stringify({ order: twoPoint().order, errors, evaluations }));
`;

test("a new sampler is one file, one line and its export, and has the order that it declares", () => {
  const folder = mkdtempSync(join(tmpdir(), "new-sampler-"));
  try {
    for (const name of ["src", "package.json"]) {
      cpSync(join(packageFolder, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(packageFolder, "node_modules"), join(folder, "node_modules"));
    const edit = (path: string, change: (source: string) => string): void =>
      writeFileSync(join(folder, path), change(readFileSync(join(folder, path), "utf8")));
    const [importLine, entryLine] = fence("registry.ts").trim().split("\n");
    writeFileSync(join(folder, "src/samplers/twoPoint.ts"), fence("twoPoint.ts"));
    edit("src/samplers/registry.ts", (source) => `${importLine}\n${source.replace(/\];\n$/, `${entryLine}\n];\n`)}`);
    edit("src/index.ts", (source) => source + fence("index.ts"));
    writeFileSync(join(folder, "probe.ts"), PROBE);
    const { stdout, stderr } = spawnSync(process.execPath, ["--conditions=@ansatz/source", "probe.ts"], {
      cwd: folder,
      encoding: "utf8",
      timeout: 30_000,
    });
    expect(stderr).toBe("");
    const { order, errors, evaluations } = JSON.parse(stdout) as Record<string, any>;
    expect(evaluations).toBe(7);
    for (const i of [0, 1]) expect(Math.abs(Math.log2(errors[i] / errors[i + 1]) - order)).toBeLessThan(0.15);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
