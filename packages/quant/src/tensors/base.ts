/** What a number format does to a whole tensor. */
import type { Citation } from "@ansatz/tensor";
import type { Numbers } from "../check.ts";

/** A tensor as codes and scales. */
export interface Encoded {
  /** Codes; negative ones for signed integer types. */
  readonly codes: Int8Array | Uint8Array;
  readonly scale: Float32Array<ArrayBuffer>;
  readonly zeroPoint?: Int32Array<ArrayBuffer>;
}

/** A number format for tensors. */
export interface TensorFormat {
  readonly name: string;
  /** Bits of one code. */
  readonly bits: number;
  /** Whether codes are negative too. */
  readonly signed: boolean;
  /** Codes and scales of float32 values. Throws for values that the format cannot take and shapes it does not fit. */
  encode(x: Numbers, shape: readonly number[]): Encoded;
  /** Float32 values of codes and scales. */
  decode(encoded: Encoded, shape: readonly number[]): Float32Array<ArrayBuffer>;
  readonly citation: Citation;
}
