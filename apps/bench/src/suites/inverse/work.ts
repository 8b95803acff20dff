/** What the figures compute on. */
import { withScipy } from "../scipy.ts";
import type { Python } from "../../peers/python.ts";

/** Numbers in [0, 1) that the scripts make as well. */
export function ramp(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 10007) / 10007);
}

/** Runs `use` with the script of this suite, or with null where there is no SciPy. */
export const withAnswers = <T>(use: (python: Python | null) => Promise<T>): Promise<T> =>
  withScipy(new URL("pythonAnswers.py", import.meta.url), use);
