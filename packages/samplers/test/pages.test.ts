/** The README and the pages: their examples run and print what they say, every family has a page, and links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { examplesOf, runTogether } from "@ansatz/examples";
import { samplers } from "@ansatz/samplers";

const folder = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const markdown = (path: string): string[] =>
  readdirSync(new URL(path, folder)).flatMap((file) => (file.endsWith(".md") ? [`${path}${file}`] : []));
const families = markdown("docs/families/");
const pages = ["README.md", ...markdown("docs/"), ...families];

/** What an example says that it prints, a line per line or, in a loop, all of it in one comment. */
const promisedBy = (code: string): string[] =>
  [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].flatMap((m) => m[1].split("; "));

describe("examples", () => {
  const examples = pages.flatMap((page) => examplesOf(read(page)).map((code, i) => ({ page, i, code })));
  let printed: readonly string[] = [];
  let errors = "";

  beforeAll(() => {
    ({ outputs: printed, errors } = runTogether(
      folder,
      examples.map(({ code }) => code),
    ));
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
