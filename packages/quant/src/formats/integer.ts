/** Integer types of 2 to 8 bits. */
import { checkChoice } from "../check.ts";

/** Name of an integer type: `i` is signed two's complement, `u` unsigned, followed by the number of bits. */
export type IntegerType =
  | "i2"
  | "i3"
  | "i4"
  | "i5"
  | "i6"
  | "i7"
  | "i8"
  | "u2"
  | "u3"
  | "u4"
  | "u5"
  | "u6"
  | "u7"
  | "u8";

/** Every integer type. */
export const INTEGER_TYPES: readonly IntegerType[] = [2, 3, 4, 5, 6, 7, 8].flatMap((bits) => [
  `i${bits}` as IntegerType,
  `u${bits}` as IntegerType,
]);

/** Facts about an integer type. */
export interface IntegerRange {
  readonly bits: number;
  readonly signed: boolean;
  /** Smallest code: −2ᵇ⁻¹ or 0. */
  readonly lo: number;
  /** Largest code: 2ᵇ⁻¹ − 1 or 2ᵇ − 1. */
  readonly hi: number;
}

/** Bits, sign and the range of codes of an integer type. Throws for anything but i2 to i8 and u2 to u8. */
export function integerRange(name: string, type: IntegerType): IntegerRange {
  checkChoice(name, "type", type, INTEGER_TYPES);
  const bits = Number(type.slice(1));
  const signed = type.startsWith("i");
  return signed
    ? { bits, signed, lo: -(2 ** (bits - 1)), hi: 2 ** (bits - 1) - 1 }
    : { bits, signed, lo: 0, hi: 2 ** bits - 1 };
}
