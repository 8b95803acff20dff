/** Where `@ansatz/tensor/half` puts what the core has to know about halves, so that others do not carry it. */
import type { Tensor } from "../tensor.ts";
import type { record } from "./record.ts";

/** Conversions of halves outside of kernels, and how nodes that have to do with halves are recorded. */
interface HalfRules {
  /** Numbers as bit patterns. */
  readonly encode: (numbers: ArrayLike<number>) => Uint16Array<ArrayBuffer>;
  /** The number that a bit pattern means. */
  readonly decode: (bits: number) => number;
  readonly record: (...args: Parameters<typeof record>) => Tensor;
}

/** The rules, once they are there; until then no tensor of halves can come into being. */
export const halves: { rules: HalfRules | null } = { rules: null };
