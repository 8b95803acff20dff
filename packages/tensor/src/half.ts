/**
 * Halves (IEEE 754 binary16): importing this adds the data type f16, which takes two bytes per element on every device.
 *
 * It is for storage. Operations compute with the f32 values of halves and give f32, in one kernel; those that only move
 * elements (views, joining, `take`) give f16 again. Gradients with respect to halves are f32.
 * `astype(x, "f16")` rounds to nearest, ties to even. `data()` gives the bits in a Uint16Array, in every engine.
 *
 * @module
 */
import { halves } from "./graph/halves.ts";
import { recordHalves } from "./half/pack.ts";
import { halfToNumber, numberToHalf } from "./io/half.ts";

halves.rules = {
  encode: (numbers) => Uint16Array.from(numbers, numberToHalf),
  decode: halfToNumber,
  record: recordHalves,
};

export { HALF_MAX, halfToNumber, numberToHalf } from "./io/half.ts";
