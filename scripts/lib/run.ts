/** Runs a program and collects what it prints. */
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { rootFolder } from "./workspace.ts";

/** How a program ended: its exit code (null when a signal ended it) and its output, in order. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** Settings of {@link run}. */
export interface RunOptions {
  /** Working folder; the workspace's root by default. */
  readonly cwd?: string;
  /** Environment variables that replace or extend the current ones. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs `command` with the workspace's own tools first on the PATH. Resolves whatever the exit code. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const path = [join(rootFolder, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter);
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? rootFolder,
      env: { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: "1", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", fail);
    child.on("close", (code) => done({ code, output }));
  });
}

/** Like {@link run}, but throws with the program's output when it fails. */
export async function runOrThrow(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with code ${code}.\n${output}`);
  return output;
}
