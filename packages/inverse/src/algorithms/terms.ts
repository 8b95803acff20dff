/** Several regularisers of linear functions of the image. */
import { ArgumentError, type Tensor } from "@ansatz/tensor";
import { identityOperator, type LinearOperator } from "@ansatz/tensor/linear";
import type { Regularizer } from "../proximal/base.ts";
import type { ReconstructionProblem } from "./base.ts";

/** `f(K x)`. */
export interface Term {
  /** f. */
  readonly regularizer: Regularizer;
  /** K; the identity when left out. */
  readonly operator?: LinearOperator;
  /** An upper bound of |K|, where it is known; from a power iteration when left out. */
  readonly norm?: number;
}

/** Throws unless there are terms. */
export function checkTerms(name: string, terms: readonly Term[]): void {
  if (!Array.isArray(terms) || terms.some((term) => typeof term?.regularizer?.prox !== "function")) {
    throw new ArgumentError(`${name}: terms must be a list of { regularizer, operator? }.`);
  }
}

/** The operators of the terms, identities filled in. */
export function operatorsOf(terms: readonly Term[], { operator }: ReconstructionProblem): LinearOperator[] {
  return terms.map((term) => term.operator ?? identityOperator(operator.domain, operator.dtype));
}

/** Vectors that are numbered. */
export const numbered = (name: string, xs: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(xs.map((x, i) => [`${name}${i}`, x]));
