/** The files of a new package. */

/** What a new package is: its folder's name, one sentence, and the packages (without scope) it builds on. */
export interface NewPackage {
  readonly name: string;
  readonly description: string;
  readonly depends: readonly string[];
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The new files, path (relative to the workspace's root) → text. */
export function packageFiles({ name, description, depends }: NewPackage): Record<string, string> {
  const folder = `packages/${name}`;
  const scoped = `@ansatz/${name}`;
  return {
    [`${folder}/package.json`]: json({
      name: scoped,
      version: "0.0.0",
      description,
      license: "MIT",
      author: "Ansatz contributors",
      files: ["dist", "src"],
      type: "module",
      sideEffects: false,
      exports: {
        ".": { "@ansatz/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" },
      },
      publishConfig: { access: "public", provenance: true },
      scripts: {
        build: "node ../../scripts/buildPackage.ts",
        "test:golden": `vitest run --root ../.. --project ${name} golden.test.ts`,
        typecheck: "tsc -p tsconfig.json",
      },
      ...(depends.length > 0 && {
        dependencies: Object.fromEntries(depends.map((item) => [`@ansatz/${item}`, "workspace:^"])),
      }),
      devDependencies: { "@ansatz/golden": "workspace:*" },
      engines: { node: ">=20" },
    }),
    [`${folder}/tsconfig.json`]:
      '{\n  "extends": "../../tsconfig.base.json",\n  "compilerOptions": { "noEmit": true },\n  "include": ["src", "test"]\n}\n',
    [`${folder}/tsconfig.build.json`]: json({
      extends: "./tsconfig.json",
      compilerOptions: { noEmit: false, rootDir: "src", outDir: "dist", customConditions: [] },
      include: ["src"],
    }).replace(/\[\s*"src"\s*\]/, '["src"]'),
    [`${folder}/README.md`]: readme(scoped, description),
    [`${folder}/src/index.ts`]: `/** ${description} */\nexport { methods } from "./registry.ts";\nexport type { Method } from "./registry.ts";\n`,
    [`${folder}/src/registry.ts`]: registry,
    [`${folder}/test/registry.test.ts`]: registryTest(scoped),
    [`${folder}/test/golden.test.ts`]: goldenTest,
    [`${folder}/test/golden/pending.json`]: "{}\n",
    [`.changeset/new-${name}.md`]: `---\n"${scoped}": minor\n---\n\nNew package: ${description}\n`,
  };
}

const readme = (scoped: string, description: string): string => `# ${scoped}

${description}

\`\`\`sh
npm install ${scoped}
\`\`\`

\`\`\`ts
import { methods } from "${scoped}";

for (const { name, citation } of methods) console.log(name, citation.title);
\`\`\`
`;

const registry = `/** A method of this package: its name, and the work that it implements. */
export interface Method {
  readonly name: string;
  readonly citation: {
    readonly title: string;
    readonly authors: readonly string[];
    readonly year: number;
    readonly url: string;
  };
}

/** Every method of this package; the tests, the documentation and the benchmarks walk this list. */
export const methods: readonly Method[] = [];
`;

const registryTest = (scoped: string): string => `import { expect, test } from "vitest";
import { methods } from "${scoped}";

test("every method has a name of its own", () => {
  const names = methods.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
`;

const goldenTest = `/** Every case of every golden file is one test. */
import { goldenSuite } from "@ansatz/golden";
import pending from "./golden/pending.json" with { type: "json" };

goldenSuite(import.meta.url, pending, {});
`;
