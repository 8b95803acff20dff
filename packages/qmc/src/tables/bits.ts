/** Reading of bit-packed tables. */

/** `count` bits of `bytes` from bit `at` on, least significant bit first; count <= 25. */
export function readBits(bytes: Uint8Array, at: number, count: number): number {
  const byte = at >>> 3;
  const word = bytes[byte] | (bytes[byte + 1] << 8) | (bytes[byte + 2] << 16) | (bytes[byte + 3] << 24);
  return (word >>> (at & 7)) & ((1 << count) - 1);
}

/** The bytes of a base64 text. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
