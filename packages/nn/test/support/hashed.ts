/** Right-hand sides that every language can make. */

/** Numbers in [-1/2, 1/2) from a hash of their positions, as the files of Poisson problems define them. */
export function hashed(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    // The products of 32-bit words wrap, as Math.imul does; the first factor may be larger than a word.
    let t = Number((BigInt(i + seed * 1000003 + 1) * 2654435761n) & 0xffffffffn);
    t = Math.imul(t ^ (t >>> 16), 2246822519) >>> 0;
    t = Math.imul(t ^ (t >>> 13), 3266489917) >>> 0;
    t = (t ^ (t >>> 16)) >>> 0;
    return t / 2 ** 32 - 0.5;
  });
}
