/** A Python process that answers one JSON line per request. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** One thread, as for every contender: the variables that its linear algebra libraries read. */
const ONE_THREAD = { OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

/** A running script. */
export interface Python {
  /** Version of the library that the script uses. */
  readonly version: string;
  ask<T>(request: object): Promise<T>;
  close(): void;
}

/**
 * Starts a script that first writes `{ "version": … }`, and waits for that.
 * @param needs what the script needs, for the message
 * @throws Error when there is no `python3` with it
 */
export async function openPython(script: URL, needs: string): Promise<Python> {
  const child = spawn("python3", [fileURLToPath(script)], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, ...ONE_THREAD },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<never>((_, reject) => {
    child.once("error", () => reject(new Error("python3 is not there")));
    child.once("exit", () => reject(new Error(`python3 has no ${needs}, or ended`)));
  });
  // Whoever waits for an answer sees the rejection; nobody else has to.
  ended.catch(() => undefined);
  // Requests to a process that has ended are answered by `ended`.
  child.stdin.on("error", () => undefined);

  const read = async <T>(): Promise<T> => {
    const { value, done } = await Promise.race([lines.next(), ended]);
    if (done === true) return await ended;
    return JSON.parse(value) as T;
  };
  const { version } = await read<{ version: string }>();
  child.unref();
  return {
    version,
    async ask<T>(request: object): Promise<T> {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return await read<T>();
    },
    close: () => void child.kill(),
  };
}
