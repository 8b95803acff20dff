/** NumPy, in a Python process that answers one JSON line per request. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ADAM, type Peer, type Prepared, type Work } from "./work.ts";

const NAME = "NumPy";

/** One thread, as for every contender: the variables that its linear algebra libraries read. */
const ONE_THREAD = { OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

/** Starts Python. @throws Error when there is no `python3` with NumPy */
export async function openNumpy(): Promise<Peer> {
  const script = fileURLToPath(new URL("numpyAnswers.py", import.meta.url));
  const child = spawn("python3", [script], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, ...ONE_THREAD },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<never>((_, reject) => {
    child.once("error", () => reject(new Error("python3 is not there")));
    child.once("exit", () => reject(new Error("python3 has no NumPy, or ended")));
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
  const ask = async <T>(request: object): Promise<T> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return await read<T>();
  };

  const { version } = await read<{ version: string }>();
  child.unref();
  let count = 0;
  return {
    name: NAME,
    version,
    async prepare(work: Work): Promise<Prepared | undefined> {
      const id = String(count++);
      const { ready } = await ask<{ ready: boolean }>({ prepare: work, id, adam: ADAM });
      if (!ready) return undefined;
      return {
        name: NAME,
        time: async (repeats, clock) => (await ask<{ seconds: number }>({ time: id, repeats, clock })).seconds,
        result: async () => (await ask<{ values: number[] }>({ result: id })).values,
        release: () => void ask({ release: id }).catch(() => undefined),
      };
    },
    close: () => void child.kill(),
  };
}
