/** The form of the registry. */
import type { Citation } from "../citation.ts";

/** One line of the registry. */
export interface Method {
  /** Short name, as command lines take it. */
  readonly name: string;
  /** The export that makes or computes it. */
  readonly factory: string;
  readonly family:
    | "sequence"
    | "quality"
    | "measure"
    | "integrand"
    | "transform"
    | "kernel"
    | "criterion"
    | "special"
    | "model";
  /** What it promises, as a sentence. */
  readonly guarantee: string;
  readonly citations: readonly Citation[];
}
