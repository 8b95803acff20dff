/** The README and the pages: their examples run and print what they say, every family has a page, and links lead somewhere. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { samplers } from "@ansatz/samplers";

const folder = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const markdown = (path: string): string[] =>
  readdirSync(new URL(path, folder)).flatMap((file) => (file.endsWith(".md") ? [`${path}${file}`] : []));
const families = markdown("docs/families/");
const pages = ["README.md", ...markdown("docs/"), ...families];
const MARK = "---";

/** An example as a block that may stand beside others: its imports become variables of its own. */
function asBlock(code: string): string {
  const body = code.replaceAll(/^import \{([^}]*)\} from ("[^"]+");$/gm, (_, names: string, from: string) => {
    const values = names.split(",").filter((name) => name.trim() !== "" && !name.trim().startsWith("type "));
    return `const { ${values.map((name) => name.trim()).join(", ")} } = await import(${from});`;
  });
  expect(body).not.toMatch(/^import /m);
  return `await (async () => {\n${body}\n})();\nconsole.log("${MARK}");`;
}

const examplesOf = (page: string): string[] => [...read(page).matchAll(/```ts\n([\s\S]*?)```/g)].map((m) => m[1]);

/** What an example says that it prints, a line per line or, in a loop, all of it in one comment. */
const promisedBy = (code: string): string[] =>
  [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].flatMap((m) => m[1].split("; "));

describe("examples", () => {
  const examples = pages.flatMap((page) => examplesOf(page).map((code, i) => ({ page, i, code })));
  let printed: string[] = [];
  let errors = "";

  // One process for all of them: starting one costs more than most examples.
  beforeAll(() => {
    const code = examples.map((example) => asBlock(example.code)).join("\n");
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--conditions=@ansatz/source", "--input-type=module-typescript", "--eval", code],
      { cwd: fileURLToPath(folder), encoding: "utf8", timeout: 120_000 },
    );
    errors = stderr;
    printed = stdout.split(`${MARK}\n`).slice(0, -1);
  }, 120_000);

  test("run without errors", () => {
    expect(errors).toBe("");
    expect(printed).toHaveLength(examples.length);
  });

  test("are on every page of a family", () => {
    expect(examples.length).toBeGreaterThan(families.length);
  });

  test.each(examples.map(({ page, i, code }, at) => [`${page} ${i + 1}`, code, at] as const))(
    "%s prints what it says",
    (name, code, at) => {
      expect(printed[at]).not.toMatch(/NaN|undefined|Infinity/);
      // The README shows signals and the progress of a run, which have no short form.
      if (name.startsWith("README")) for (const line of promisedBy(code)) expect(printed[at]).toContain(line);
      else expect(printed[at].trimEnd().split("\n")).toEqual(promisedBy(code));
    },
  );
});

describe("families", () => {
  const parts = ["**Formula.**", "**When.**", "## Example\n", "## Measured\n", "## Source\n", "```ts\n"];
  test.each(families)("%s has every part, and the index leads to it", (page) => {
    for (const part of parts) expect(read(page)).toContain(part);
    expect(read("docs/families.md")).toContain(`](${page.slice("docs/".length)})`);
  });

  test.each(samplers.map(({ name, factory, create }) => [name, factory, create] as const))(
    "%s has a page that cites its papers",
    (_, factory, create) => {
      const cited = families.map(read).filter((text) => text.includes(`\`${factory}(`));
      const urls = create().citations.map(({ url }) => url);
      expect(cited.some((text) => urls.every((url) => text.includes(`](${url})`)))).toBe(true);
    },
  );
});

test.each(pages)("the links of %s lead to files", (page) => {
  const links = [...read(page).matchAll(/\]\(([^)#]+\.md)\)/g)].map((m) => m[1]);
  expect(links.filter((link) => !existsSync(new URL(link, new URL(page, folder))))).toEqual([]);
});
