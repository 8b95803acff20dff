/** The README: its examples run, and it names everything there is, and nothing that is not. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { examplesOf, runTogether } from "@ansatz/examples";

const folder = new URL("../../", import.meta.url);
const text = readFileSync(new URL("README.md", folder), "utf8");
const manifest = JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as {
  exports: Record<string, { "@ansatz/source": string }>;
};

/** Names in code spans of a part of the text. */
const named = (part: string): Set<string> => new Set([...part.matchAll(/`([A-Za-z]\w*)`/g)].map((m) => m[1]));

describe("examples", () => {
  const examples = examplesOf(text);
  let printed: readonly string[] = [];
  let errors = "";
  beforeAll(() => {
    ({ outputs: printed, errors } = runTogether(folder, examples));
  });

  it("run without errors", () => {
    expect(errors).toBe("");
    expect(printed).toHaveLength(examples.length);
  });

  it.each(examples.map((_, i) => i + 1))("number %i prints no failure", (i) => {
    expect(printed[i - 1]).not.toMatch(/NaN|undefined|false/);
  });

  it("the first one finds its solution", () => {
    const numbers = (/\[([^\]]*)\]/.exec(printed[0])?.[1] ?? "").split(",").map(Number);
    [1, -2, 0.5].forEach((want, i) => expect(numbers[i]).toBeCloseTo(want, 2));
  });
});

describe("entry points", () => {
  const entries = Object.entries(manifest.exports).map(
    ([path, { "@ansatz/source": source }]) => [path, source] as const,
  );

  it.each(entries)("%s is described completely", async (path, source) => {
    const exported = Object.keys((await import(new URL(source, folder).href)) as object);
    const row = text.split("\n").find((line) => line.includes(`\`@ansatz/tensor${path.slice(1)}\` `));
    const part = path === "." ? text : (row ?? "");
    // A subset of the root, and what is experimental.
    if (path === "./core" || path === "./kernel") return;
    const names = named(part);
    expect(exported.filter((name) => !names.has(name) && name !== "Tensor")).toEqual([]);
    if (path === ".") return;
    expect([...names].filter((name) => !exported.includes(name))).toEqual([]);
  });

  it("methods are marked as such", async () => {
    const { Tensor } = await import("@ansatz/tensor");
    const operations = text.slice(text.indexOf("## Operations"), text.indexOf("Further entry points"));
    const marked = [...operations.matchAll(/`(\w+)`\./g)].map((m) => m[1]);
    const methods = Object.getOwnPropertyNames(Tensor.prototype).filter((name) => marked.includes(name));
    expect(marked.toSorted()).toEqual(methods.toSorted());
    const core = [
      "constructor",
      "shape",
      "ndim",
      "length",
      "size",
      "device",
      "eval",
      "data",
      "dataSync",
      "dataInto",
      "item",
      "dispose",
    ];
    const inner = ["toString", "toJSON", "affordable", "swept", "realized", "wrap"];
    const rest = Object.getOwnPropertyNames(Tensor.prototype).filter(
      (n) => ![...core, ...inner, ...marked].includes(n),
    );
    expect(rest).toEqual([]);
  });
});
