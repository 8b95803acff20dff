/** Reading a result back from a file. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { benchResultSchema, type BenchResult } from "./benchResult.ts";

/** A file that holds no benchmark result. */
export class ResultFileError extends Error {
  constructor(path: string, problem: string) {
    super(`compare: ${path} is not a benchmark result (${problem}). Write one with: bench SUITE --json FILE`);
    this.name = "ResultFileError";
  }
}

/** Reads a result. @throws ResultFileError when the file is missing, no JSON, or something else */
export async function readBenchResult(path: string): Promise<BenchResult> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    throw new ResultFileError(path, "it cannot be read");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ResultFileError(path, "it is not JSON");
  }
  const parsed = benchResultSchema.safeParse(value);
  if (!parsed.success) {
    const [first] = z.prettifyError(parsed.error).split("\n");
    throw new ResultFileError(path, first.replace(/^✖ /, ""));
  }
  return parsed.data;
}
