/** NumPy, in a Python process; Fourier transforms are those of SciPy where it is there. */
import { openPython } from "./python.ts";
import { ADAM, type Peer, type Prepared, type Work } from "./work.ts";

const NAME = "NumPy";

/** Starts Python. @throws Error when there is no `python3` with NumPy */
export async function openNumpy(): Promise<Peer> {
  const { version, ask, close } = await openPython(new URL("numpyAnswers.py", import.meta.url), "NumPy");
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
    close,
  };
}
