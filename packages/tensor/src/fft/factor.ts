/** How a transform is cut: a length into steps, and a step into butterflies. */

/** Sizes of the butterflies. */
export type Radix = 2 | 3 | 4 | 5 | 7 | 8;

/** Whether a length has no prime factor above 7. */
export function isSmooth(n: number): boolean {
  let rest = n;
  for (const p of [2, 3, 5, 7]) while (rest % p === 0) rest /= p;
  return rest === 1;
}

/**
 * The butterflies of a step in the order of decimation in frequency: large primes first, then fours, and where an odd
 * power of two is left an eight (or a two) at the end, where there are no twiddle factors.
 * @param m a smooth length >= 2
 */
export function radicesOf(m: number): Radix[] {
  const radices: Radix[] = [];
  let rest = m;
  for (const p of [7, 5, 3] as const) {
    for (; rest % p === 0; rest /= p) radices.push(p);
  }
  let twos = Math.round(Math.log2(rest));
  const last: Radix[] = [];
  if (twos % 2 === 1) {
    last.push(twos === 1 ? 2 : 8);
    twos -= twos === 1 ? 1 : 3;
  }
  for (; twos > 0; twos -= 2) radices.push(4);
  return [...radices, ...last];
}

/**
 * Which result of a butterfly is put at each of its places: fours and eights are in bit-reversed order, so that all of a
 * step of length 2^k is, whatever its radices.
 */
export function placesOf(radix: Radix): readonly number[] {
  if (radix === 4) return [0, 2, 1, 3];
  if (radix === 8) return [0, 4, 2, 6, 1, 5, 3, 7];
  return Array.from({ length: radix }, (_, i) => i);
}

/** The frequency found at every position after the butterflies of a step. */
export function frequenciesOf(m: number): Int32Array {
  const radices = radicesOf(m);
  const frequencies = new Int32Array(m);
  for (let position = 0; position < m; position++) {
    let rest = position;
    let span = m;
    let weight = 1;
    let k = 0;
    for (const radix of radices) {
      span /= radix;
      const place = Math.floor(rest / span);
      rest -= place * span;
      k += weight * placesOf(radix)[place];
      weight *= radix;
    }
    frequencies[position] = k;
  }
  return frequencies;
}

/** The lowest `bits` bits of `i` in reversed order. */
export function reverseBits(i: number, bits: number): number {
  let reversed = 0;
  for (let b = 0; b < bits; b++) reversed |= ((i >>> b) & 1) << (bits - 1 - b);
  return reversed >>> 0;
}

/** What cutting a transform depends on. */
export interface SplitOptions {
  /** Transforms computed side by side; a step with fewer wastes the others. */
  readonly lanes: number;
  /** Longest step. */
  readonly longest: number;
}

/** Cost of a pass of butterflies relative to one of fours. */
const PASS: Readonly<Record<Radix, number>> = { 2: 0.7, 3: 0.9, 4: 1, 5: 1.3, 7: 1.8, 8: 1.4 };
/** Cost of loading, storing and, between steps, twiddling. */
const TRANSFER = 2;
const TWIDDLE = 0.5;
/** Cost of one more step, however little data there is. */
const LAUNCH = 2000;
/** Length at which a step's data, falling out of the nearest cache, would make it twice as slow. */
const SLOW = 16384;
/** A batch this large fills the lanes whatever its exact size. */
const LARGE = 64;

interface Cut {
  readonly cost: number;
  readonly lengths: readonly number[];
}

const cuts = new Map<string, readonly number[]>();

/**
 * The lengths of the steps whose product is `n`, in order, of least estimated cost. One step needs a batch to fill the
 * lanes; several steps are batches of each other.
 * @param n a smooth length >= 2
 * @param batch number of transforms
 */
export function splitLength(n: number, batch: number, options: SplitOptions): readonly number[] {
  const { lanes, longest } = options;
  const copies = Math.min(batch, LARGE);
  const key = `${n} ${copies} ${lanes} ${longest}`;
  let lengths = cuts.get(key);
  if (lengths === undefined) {
    lengths = bestCut(n, n * copies, lanes, longest, new Map()).lengths;
    cuts.set(key, lengths);
  }
  return lengths;
}

function bestCut(rest: number, total: number, lanes: number, longest: number, known: Map<number, Cut>): Cut {
  const found = known.get(rest);
  if (found !== undefined) return found;
  let choice: Cut = { cost: Infinity, lengths: [] };
  for (let m = 2; m <= Math.min(rest, longest); m++) {
    if (rest % m !== 0) continue;
    const tail = m === rest ? { cost: 0, lengths: [] } : bestCut(rest / m, total, lanes, longest, known);
    const passes = radicesOf(m).reduce((sum, radix) => sum + PASS[radix], TRANSFER + (m === rest ? 0 : TWIDDLE));
    const filled = Math.ceil(total / m / lanes) * lanes * m;
    const cost = filled * passes * (1 + m / SLOW) + LAUNCH + tail.cost;
    if (cost < choice.cost) choice = { cost, lengths: [m, ...tail.lengths] };
  }
  known.set(rest, choice);
  return choice;
}
