/** The pages of documentation: every example runs and prints what it says, and the tables name functions that exist. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { examplesOf, runTogether } from "@ansatz/examples";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { createDawn } from "@ansatz/webgpu-testing/dawn";

const folder = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const pages = ["lazy-evaluation-and-memory", "autodiff", "webgpu", "debugging", "coming-from"];

/** What an example says that it prints: beside the call, or in the lines below it. */
function promisedBy(code: string): string[] {
  const lines = code.split("\n");
  return lines.flatMap((line, at) => {
    if (!line.includes("console.log(")) return [];
    const beside = /console\.log\(.*\); \/\/ (.*)$/.exec(line);
    if (beside !== null) return [beside[1]];
    const rest = lines.slice(at + 1);
    const end = rest.findIndex((next) => !next.startsWith("//"));
    const below = rest.slice(0, end).map((next) => next.slice(3));
    return below.length > 0 ? below : [`no output beside or below: ${line}`];
  });
}

const GPU = `
const { createDawn } = await import("@ansatz/webgpu-testing/dawn");
const dawn = await createDawn({ backend: "swiftshader" });
Object.defineProperty(navigator, "gpu", { value: dawn.gpu });
`;

describe.each(pages)("%s", (page) => {
  const examples = examplesOf(read(`docs/${page}.md`));

  it("shows what its examples print", async (context) => {
    const gpu = page === "webgpu";
    if (gpu) {
      const dawn = await createDawn({ backend: "swiftshader" });
      readyOrSkip(dawn, context).release();
    }
    const around = gpu ? { before: GPU, after: "dawn.release();" } : {};
    const { outputs, errors } = runTogether(folder, examples, around);
    expect(errors).toBe("");
    const printed = outputs.map((output) => output.split("\n").slice(0, -1));
    expect(printed).toEqual(examples.map(promisedBy));
  });

  it("is linked from the README, and links to what is there", () => {
    expect(read("README.md")).toContain(`](docs/${page}.md)`);
    const links = [...read(`docs/${page}.md`).matchAll(/\]\(([^)#]+\.md)\)/g)].map((m) => m[1]);
    const there = readdirSync(new URL("docs/", folder));
    expect(links.filter((link) => !there.includes(link))).toEqual([]);
  });
});

it("every page is tested", () => {
  const others = readdirSync(new URL("docs/", folder)).filter((file) => !pages.includes(file.replace(".md", "")));
  // These have tests of their own.
  const elsewhere = ["writing-a-kernel.md", "linear-algebra.md"];
  expect(others.filter((file) => !elsewhere.includes(file))).toEqual([]);
});

it("the table of names names what exists", async () => {
  const { exports } = JSON.parse(read("package.json")) as { exports: Record<string, { "@ansatz/source": string }> };
  const rows = [...read("docs/coming-from.md").matchAll(/^\|.*\|.*\|.*\| (.*?) *\|$/gm)].map((m) => m[1]).slice(2);
  expect(rows.length).toBeGreaterThan(50);
  for (const row of rows) {
    const [names, path = "."] = row.split(" in ");
    const entry = exports[path === "." ? path : `./${path.replaceAll("`", "")}`];
    const found = Object.keys((await import(new URL(entry["@ansatz/source"], folder).href)) as object);
    for (const [, name] of names.matchAll(/`(\w+)`/g)) expect(found).toContain(name);
  }
});
