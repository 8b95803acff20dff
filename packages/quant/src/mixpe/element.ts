/** Energy and area of processing elements, from the costs of adders, multipliers and flip-flops. */
import { checkChoice, checkInteger } from "../check.ts";
import { accumulatorBits } from "./arithmetic.ts";

/** Costs of the parts that elements are made of. All can be replaced. */
export interface UnitCosts {
  readonly energy: {
    readonly addBit: number;
    readonly multiplyBit2: number;
    readonly halfAdd: number;
    readonly halfMultiply: number;
    readonly floatAdd: number;
    readonly floatMultiply: number;
    readonly sramBit: number;
    readonly dramBit: number;
  };
  readonly area: {
    readonly addBit: number;
    readonly multiplyBit2: number;
    readonly halfAdd: number;
    readonly halfMultiply: number;
    readonly floatAdd: number;
    readonly flipFlopBit: number;
    readonly shiftBitStage: number;
  };
}

/**
 * Costs at 45 nm: energies in pJ (Horowitz 2014), areas in µm² (commonly repeated values for which no primary source was
 * found; the energies do not depend on them, the number of elements that fit an area does).
 */
export const COSTS_45NM: UnitCosts = {
  energy: {
    addBit: 0.003125,
    multiplyBit2: 0.003125,
    halfAdd: 0.4,
    halfMultiply: 1.1,
    floatAdd: 0.9,
    floatMultiply: 3.7,
    sramBit: 0.3125,
    dramBit: 20.3125,
  },
  area: {
    addBit: 4.28125,
    multiplyBit2: 4.40625,
    halfAdd: 1360,
    halfMultiply: 1640,
    floatAdd: 4184,
    flipFlopBit: 4.522,
    shiftBitStage: 1.862,
  },
};

/** Kinds of processing elements. The last three are estimates in the style of published designs. */
export const ELEMENT_KINDS = [
  "int8",
  "w4a8",
  "fp16",
  "w4a16",
  "fp16_acc32",
  "w4a16_acc32",
  "bitfusion",
  "ant",
  "olive",
] as const;

/** One of {@link ELEMENT_KINDS}. */
export type ElementKind = (typeof ELEMENT_KINDS)[number];

/** A processing element: one multiply-add per cycle. */
export interface ProcessingElement {
  readonly kind: ElementKind;
  /** pJ per multiply-add. */
  readonly energy: number;
  /** µm². */
  readonly area: number;
  readonly wBits: number;
  readonly aBits: number;
}

/** Parts of an element, in bits. */
interface Parts {
  readonly wBits: number;
  readonly aBits: number;
  readonly accumulator: number;
  /** Bits of all integer adders together. */
  readonly adders: number;
  /** Bits² of all integer multipliers together. */
  readonly multipliers?: number;
  /** Bits times stages of shifters; area only. */
  readonly shifters?: number;
  readonly half?: { readonly multiply: boolean; readonly add: boolean };
  readonly floatAdd?: boolean;
}

/**
 * - `int8`: an 8×8 multiplier and a 32-bit adder.
 * - `w4a8`: three 9-bit adders and an accumulator of 4 + 8 + ⌈log₂ G⌉ bits; an array multiplier of 4×8 is the same thing.
 * - `fp16`: half multiply and half add. `w4a16`: three 12-bit adders on the significand, a 5-bit exponent adder, a 4-stage
 *   15-bit normalising shifter and a half add. `_acc32` accumulate in float32.
 * - `bitfusion`: eight 2×2-bit bricks with seven 12-bit adders for a 4×8 product (after Sharma et al. 2018).
 * - `ant`: 4×4 bits with two 4-bit decoders and 8 bits of shifting, accumulating 16 + ⌈log₂ G⌉ bits (after Guo et al. 2022).
 * - `olive`: `ant` with two more 4-bit exponent adders and 12 bits of shifting for outliers (after Guo et al. 2023).
 */
function partsOf(kind: ElementKind, group: number): Parts {
  const log = Math.ceil(Math.log2(group));
  const mixed = accumulatorBits(4, 8, group);
  const w4a16 = { wBits: 4, aBits: 16, adders: 36 + 5, shifters: 60 };
  switch (kind) {
    case "int8":
      return { wBits: 8, aBits: 8, accumulator: 32, adders: 32, multipliers: 64 };
    case "w4a8":
      return { wBits: 4, aBits: 8, accumulator: mixed, adders: 27 + mixed };
    case "fp16":
      return { wBits: 16, aBits: 16, accumulator: 16, adders: 0, half: { multiply: true, add: true } };
    case "fp16_acc32":
      return { wBits: 16, aBits: 16, accumulator: 32, adders: 0, half: { multiply: true, add: false }, floatAdd: true };
    case "w4a16":
      return { ...w4a16, accumulator: 16, half: { multiply: false, add: true } };
    case "w4a16_acc32":
      return { ...w4a16, accumulator: 32, floatAdd: true };
    case "bitfusion":
      return { wBits: 4, aBits: 8, accumulator: mixed, adders: 84 + mixed, multipliers: 32 };
    case "ant":
      return { wBits: 4, aBits: 4, accumulator: 16 + log, adders: 8 + 16 + log, multipliers: 16, shifters: 24 };
    case "olive":
      return { wBits: 4, aBits: 4, accumulator: 16 + log, adders: 16 + 16 + log, multipliers: 16, shifters: 60 };
  }
}

/**
 * The element of a kind for groups of G products; its area includes flip-flops for both operands and the accumulator.
 * @param group G, which decides about the accumulator of integer elements
 * @throws ArgumentError for group out of range or an unknown kind
 */
export function processingElement(
  kind: ElementKind,
  group: number = 128,
  costs: UnitCosts = COSTS_45NM,
): ProcessingElement {
  checkChoice("processingElement", "kind", kind, ELEMENT_KINDS);
  checkInteger("processingElement", "group", group, 1);
  const {
    wBits,
    aBits,
    accumulator,
    adders,
    multipliers = 0,
    shifters = 0,
    half,
    floatAdd = false,
  } = partsOf(kind, group);
  const sum = (u: {
    addBit: number;
    multiplyBit2: number;
    halfAdd: number;
    halfMultiply: number;
    floatAdd: number;
  }): number =>
    multipliers * u.multiplyBit2 +
    adders * u.addBit +
    (half?.multiply === true ? u.halfMultiply : 0) +
    (half?.add === true ? u.halfAdd : 0) +
    (floatAdd ? u.floatAdd : 0);
  const registers = wBits + aBits + accumulator;
  return {
    kind,
    energy: sum(costs.energy),
    area: sum(costs.area) + registers * costs.area.flipFlopBit + shifters * costs.area.shiftBitStage,
    wBits,
    aBits,
  };
}
