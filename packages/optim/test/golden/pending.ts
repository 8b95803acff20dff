/** Kinds of golden files that no method reads yet: recognised, so that each of their cases stands in pending.json. */
import type { Case, Form } from "./cases.ts";

const keysOf = (data: Record<string, unknown>): string[] => Object.keys(data);

/** A form whose cases are all about one method that does not exist yet. */
function later(method: string, fits: (data: Record<string, unknown>) => boolean): Form {
  return {
    fits,
    cases: (data): Case[] => {
      const list = data["cases"];
      const names = Array.isArray(list)
        ? list.map((c: Record<string, unknown>, i) => `${i} ${(c["kind"] ?? c["name"] ?? c["problem"] ?? "") as string}`)
        : keysOf(data).filter((key) => typeof data[key] === "object" && !key.startsWith("tolerance"));
      return names.map((name) => ({
        method,
        name: name.trim(),
        check: () => {
          throw new Error(`${method} has no reader.`);
        },
      }));
    },
  };
}

const first = (data: Record<string, unknown>): Record<string, unknown> =>
  Array.isArray(data["cases"]) ? (data["cases"][0] as Record<string, unknown>) : {};
const has =
  (...keys: string[]) =>
  (data: Record<string, unknown>): boolean =>
    keys.every((key) => key in data);
const hasCase =
  (...keys: string[]) =>
  (data: Record<string, unknown>): boolean =>
    keys.every((key) => key in first(data));

/** One line per kind of file. */
export const laterForms: readonly Form[] = [
  later("deep conjugate directions", has("histories", "lanczos")),
  later("discrete min-max", hasCase("remez_half")),
  later("discrete min-max", hasCase("A", "lp_bound", "rounded_lp")),
  later("privacy accounting", has("subsampled", "zcdp")),
  later("DIFF2", hasCase("restart_every", "z_difference")),
  later("bilevel", hasCase("X_val", "tau")),
  later("bilevel", hasCase("blocks", "samples")),
  later("multi-objective", has("min_norm_point", "pareto_weighted")),
  later("private regression", has("tau1", "clipCovariance")),
  later("federated ADMM", has("noiseFree", "schedule")),
];
