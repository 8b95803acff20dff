/** Examples in a process of their own. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The code of every block of a page that is marked `ts` and nothing else. */
export function examplesOf(page: string): string[] {
  return [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
}

const MARK = "--- end of an example ---";

/**
 * An example as a statement that may stand beside others: its imports become variables of its own.
 * @throws Error for imports that are not of the form `import { names } from "package"`
 */
export function asBlock(code: string): string {
  const body = code.replaceAll(/^import \{([^}]*)\} from ("[^"]+");$/gm, (_, names: string, from: string) => {
    const values = names
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type "));
    return `const { ${values.map((name) => name.replace(" as ", ": ")).join(", ")} } = await import(${from});`;
  });
  const left = /^import .*$/m.exec(body);
  if (left !== null) throw new Error(`asBlock: an import of an unknown form (got ${JSON.stringify(left[0])}).`);
  return `await (async () => {\n${body}\n})();\nconsole.log(${JSON.stringify(MARK)});`;
}

/** What examples printed. */
export interface Printed {
  /** The output of every example that came to its end. */
  readonly outputs: readonly string[];
  /** What was written to the standard error. */
  readonly errors: string;
}

/**
 * Runs examples one after the other in one process, with sources of the packages in place of what is built.
 * @param folder where their imports are resolved: the folder of a package
 * @param options code before and after all of them; the most milliseconds, 120 000 when left out
 */
export function runTogether(
  folder: URL,
  examples: readonly string[],
  options: { readonly before?: string; readonly after?: string; readonly timeout?: number } = {},
): Printed {
  const { before = "", after = "", timeout = 120_000 } = options;
  const { stdout, stderr, error } = spawnSync(
    process.execPath,
    [
      "--conditions=@ansatz/source",
      "--input-type=module-typescript",
      "--eval",
      [before, ...examples.map(asBlock), after].join("\n"),
    ],
    { cwd: fileURLToPath(folder), encoding: "utf8", timeout },
  );
  if (error !== undefined) throw error;
  return { outputs: stdout.split(`${MARK}\n`).slice(0, -1), errors: stderr };
}
