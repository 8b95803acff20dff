/** What the readers share. */

/** Numbers of a golden list in float32; texts stand for NaN, infinities and −0. */
export function f32(list: readonly (number | string)[]): Float32Array<ArrayBuffer> {
  return Float32Array.from(list, Number);
}

/** Floats of bit patterns. */
export function floatsOfBits(bits: readonly number[]): Float32Array {
  return new Float32Array(Uint32Array.from(bits).buffer);
}

/** Bytes of a base64 text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, "base64"));
}
