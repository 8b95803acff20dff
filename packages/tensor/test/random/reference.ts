/** Slow, independent versions of the generators in big integers. */

const MASK = 0xffffffffn;
const ROTATE = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n];

/** Threefry-2x32-20, written after the definition in the paper with a rotating key word index. */
export function referencePair(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const ks = [BigInt(k0), BigInt(k1), BigInt(k0) ^ BigInt(k1) ^ 0x1bd11bdan];
  let a = (BigInt(c0) + ks[0]) & MASK;
  let b = (BigInt(c1) + ks[1]) & MASK;
  for (let round = 0; round < 20; round++) {
    a = (a + b) & MASK;
    const r = ROTATE[round % 8];
    b = ((b << r) | (b >> (32n - r))) & MASK;
    b ^= a;
    if (round % 4 === 3) {
      const s = BigInt(round + 1) / 4n;
      a = (a + ks[Number(s % 3n)]) & MASK;
      b = (b + ks[Number((s + 1n) % 3n)] + s) & MASK;
    }
  }
  return [Number(a), Number(b)];
}

/** The normal of a word in units of 2^-28, from the definition of the table, with a loop for the octave. */
export function referenceNormal(table: ArrayLike<number>, word: number): bigint {
  const w = BigInt(word);
  let m = w & 0x7fffffffn;
  if (m === 0n) m = 1n;
  let octave = 0n;
  while (m >> (octave + 1n) > 0n) octave++;
  // Position inside the octave in [0, 2^31), then the segment and the position inside the segment in [0, 2^31).
  const position = ((m - (1n << octave)) << 31n) >> octave;
  const segment = position >> 27n;
  const t = (position - (segment << 27n)) << 4n;
  const at = Number((octave * 16n + segment) * 4n);
  const c = [0, 1, 2, 3].map((k) => BigInt(table[at + k]));
  const half = (z: bigint): bigint => (z * t) >> 32n;
  const z = c[0] + (half(c[1] + half(c[2] + half(c[3]))) >> 6n);
  return w >> 31n === 1n ? -z : z;
}

/** The f32 nearest to `z` 2^-28, ties to even, by integer arithmetic and without Math.fround. */
export function referenceRound(z: bigint): number {
  let magnitude = z < 0n ? -z : z;
  let unit = 1n;
  while (magnitude >= 1n << 24n) {
    unit *= 2n;
    if (magnitude < (1n << 24n) * unit) break;
  }
  const down = (magnitude / unit) * unit;
  const rest = magnitude - down;
  const up = rest * 2n > unit || (rest * 2n === unit && (magnitude / unit) % 2n === 1n);
  magnitude = up ? down + unit : down;
  return (Number(magnitude) / 2 ** 28) * (z < 0n ? -1 : 1);
}
