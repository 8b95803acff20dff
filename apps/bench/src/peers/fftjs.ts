/** fft.js: radix-4 transforms of f64 on arrays of JavaScript. */
import FFT from "fft.js";
import { inProcess } from "../measure/interleave.ts";
import { versionOf } from "../measure/environment.ts";
import { complexRamp, type Peer, type Prepared, type Work } from "./work.ts";

const NAME = "fft.js";

function prepare(work: Work): Prepared | undefined {
  // Lines of f64 whose length is a power of two are all it has.
  if (work.kind !== "fft" || work.dtype !== "c128" || work.shape.length !== 1) return undefined;
  const [n] = work.shape;
  const transform = new FFT(n);
  const input = Array.from(complexRamp(n));
  const output = transform.createComplexArray() as number[];
  return {
    ...inProcess(NAME, () => transform.transform(output, input)),
    result() {
      transform.transform(output, input);
      return Promise.resolve([...output]);
    },
    release: () => undefined,
  };
}

/** Loads the library. */
export async function openFftjs(): Promise<Peer> {
  return {
    name: NAME,
    version: (await versionOf("fft.js")) ?? null,
    prepare: (work) => Promise.resolve(prepare(work)),
    close: () => undefined,
  };
}
