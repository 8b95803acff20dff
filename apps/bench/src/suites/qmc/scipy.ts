/** What this suite asks of SciPy. */
import type { Python } from "../../peers/python.ts";
import { withScipy } from "../scipy.ts";
import type { Grid } from "./grids.ts";

/** What SciPy is asked for. */
export type ScipyWork =
  | { readonly kind: "sobol" | "gram" | "halton" | "latin"; readonly m: number; readonly d: number }
  | { readonly kind: "fwht"; readonly m: number }
  | { readonly kind: "fill"; readonly count: number; readonly threads: 1 | 2 }
  | ({ readonly kind: "logI" | "logK" } & Grid);

/** Runs `use` with this suite's script, or with null where there is no SciPy. */
export const withAnswers = <T>(use: (python: Python | null) => Promise<T>): Promise<T> =>
  withScipy(new URL("scipyAnswers.py", import.meta.url), use);

/** The script if it can do some work, which is called `id` from then on, or null. */
export async function ifReady(python: Python | null, work: ScipyWork, id = "trial"): Promise<Python | null> {
  if (python === null) return null;
  const { ready } = await python.ask<{ ready: boolean }>({ prepare: work, id });
  return ready ? python : null;
}

/** The share of SciPy's results that are finite. */
export async function finiteShare(python: Python, work: ScipyWork): Promise<number> {
  await python.ask({ prepare: work, id: "finite" });
  return (await python.ask<{ share: number }>({ finite: "finite" })).share;
}
