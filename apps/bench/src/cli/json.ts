/** What `--json` does. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Io } from "./io.ts";

/** Value of `--json [file]`: absent, without a file, or a file's path. */
export type JsonTarget = undefined | true | string;

/** Writes a value as JSON to a file, and creates the folder if need be. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Puts the result where `--json` wants it; returns whether standard output is still free for tables. */
export async function emitJson(io: Io, target: JsonTarget, value: unknown): Promise<boolean> {
  if (target === true) {
    io.out(`${JSON.stringify(value, null, 2)}\n`);
    return false;
  }
  if (target !== undefined) await writeJson(target, value);
  return true;
}
