import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bundle } from "../src/bundle.ts";

const folder = await mkdtemp(join(tmpdir(), "webgpu-testing-"));
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

async function run(code: string): Promise<Record<string, unknown>> {
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Record<string, unknown>;
}

test("packages are bundled from their sources, each entry by itself, with a source map", async () => {
  const conditions = { "@ansatz/source": "./source.ts", default: "./dist/absent.js" };
  await write("node_modules/pkg/package.json", JSON.stringify({ name: "pkg", exports: { ".": conditions } }));
  await write("node_modules/pkg/source.ts", `export const answer: number = 42;`);
  const a = await write("a.ts", `import { answer } from "pkg"; export const twice: number = 2 * answer;`);
  const b = await write("b.ts", `export const level: string = LEVEL;`);

  const files = await bundle({ "/a.js": a, "/deep/b.js": b }, { define: { LEVEL: `"high"` } });

  expect(Object.keys(files)).toEqual(["/a.js", "/deep/b.js"]);
  await expect(run(files["/a.js"])).resolves.toMatchObject({ twice: 84 });
  await expect(run(files["/deep/b.js"])).resolves.toMatchObject({ level: "high" });
  expect(files["/a.js"]).toContain("//# sourceMappingURL=data:application/json;base64,");
});

test("what is named external stays an import", async () => {
  const entry = await write("c.ts", `import "elsewhere"; export {};`);
  const files = await bundle({ "/c.js": entry }, { external: ["elsewhere"] });
  expect(files["/c.js"]).toMatch(/^import "elsewhere"/m);
});

test("a bundle that cannot be made says why", async () => {
  const entry = await write("d.ts", `import "./absent.ts";`);
  await expect(bundle({ "/d.js": entry })).rejects.toThrow('Could not resolve "./absent.ts"');
});
