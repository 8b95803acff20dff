/** Bit patterns of numbers as the device keeps them. */

const scratch = new DataView(new ArrayBuffer(4));

/** The bits of a float rounded to f32. */
export function f32Bits(x: number): number {
  scratch.setFloat32(0, x);
  return scratch.getUint32(0);
}
