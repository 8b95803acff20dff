/** E8M0: the power-of-two scale of the microscaling formats. */
import { powerOfTwo } from "../numbers.ts";

/** The code that stands for NaN. */
export const E8M0_NAN = 255;

/** The value 2^(code − 127) of a scale byte; NaN for 255. There is no zero and no sign. */
export function decodeE8m0(code: number): number {
  return code === E8M0_NAN ? NaN : powerOfTwo(code - 127);
}
