/** Groups of similar blocks of an image, and the transforms of groups. Everything here is on the host, in double precision. */

/** An image in double precision. */
export interface Picture {
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** Side of a block. */
export const BLOCK = 8;
/** Pixels of a block. */
export const AREA: number = BLOCK * BLOCK;

/** Rows of the orthonormal cosine transform. */
const COSINES: Float64Array = /*@__PURE__*/ Float64Array.from({ length: AREA }, (_, n) => {
  const [f, x] = [Math.floor(n / BLOCK), n % BLOCK];
  return Math.sqrt((f === 0 ? 1 : 2) / BLOCK) * Math.cos((Math.PI * f * (2 * x + 1)) / (2 * BLOCK));
});

/** The transposed matrix. */
const INVERSE: Float64Array = /*@__PURE__*/ COSINES.map((_, n) => COSINES[(n % BLOCK) * BLOCK + Math.floor(n / BLOCK)]);

/** The cosine transform of the block at `from` of `blocks`, or its inverse, in place. */
function cosine(blocks: Float64Array, from: number, inverse: boolean, work: Float64Array): void {
  const matrix = inverse ? INVERSE : COSINES;
  // Along rows, then along columns.
  for (let i = 0; i < AREA; i += BLOCK) {
    for (let f = 0; f < BLOCK; f++) {
      let sum = 0;
      for (let x = 0; x < BLOCK; x++) sum += matrix[f * BLOCK + x] * blocks[from + i + x];
      work[i + f] = sum;
    }
  }
  for (let f = 0; f < BLOCK; f++) {
    for (let j = 0; j < BLOCK; j++) {
      let sum = 0;
      for (let x = 0; x < BLOCK; x++) sum += matrix[f * BLOCK + x] * work[x * BLOCK + j];
      blocks[from + f * BLOCK + j] = sum;
    }
  }
}

/** Haar's orthonormal transform across `count` blocks, a power of 2, or its inverse, in place. */
function haar(blocks: Float64Array, count: number, inverse: boolean, work: Float64Array): void {
  const levels: number[] = [];
  for (let n = count; n > 1; n /= 2) levels.push(n);
  if (inverse) levels.reverse();
  for (const n of levels) {
    const half = n / 2;
    for (let p = 0; p < AREA; p++) {
      for (let b = 0; b < half; b++) {
        const [one, other] = inverse ? [b, half + b] : [2 * b, 2 * b + 1];
        const [x, y] = [blocks[one * AREA + p], blocks[other * AREA + p]];
        const [to, next] = inverse ? [2 * b, 2 * b + 1] : [b, half + b];
        work[to] = (x + y) * Math.SQRT1_2;
        work[next] = (x - y) * Math.SQRT1_2;
      }
      for (let b = 0; b < n; b++) blocks[b * AREA + p] = work[b];
    }
  }
}

/** The three-dimensional transform of a group, in place; the first number is that of its mean. */
export function transform(blocks: Float64Array, count: number, inverse: boolean, work: Float64Array): void {
  if (inverse) haar(blocks, count, true, work);
  for (let b = 0; b < count; b++) cosine(blocks, b * AREA, inverse, work);
  if (!inverse) haar(blocks, count, false, work);
}

/** How similar blocks are found. */
export interface Search {
  /** Largest distance, along each axis, of blocks that are compared. */
  readonly radius: number;
  /** Largest mean squared difference. */
  readonly limit: number;
  /** Most blocks of a group, a power of 2. */
  readonly most: number;
}

/**
 * Places of the blocks that look most like the one at a place, the most similar first, that one included: their number is a power of 2.
 * Of equally similar blocks the first in the image counts.
 */
export function similar({ values, columns, rows }: Picture, at: number, { radius, limit, most }: Search): number[] {
  const [row, column] = [Math.floor(at / columns), at % columns];
  const [top, bottom] = [Math.max(0, row - radius), Math.min(rows - BLOCK, row + radius)];
  const [left, right] = [Math.max(0, column - radius), Math.min(columns - BLOCK, column + radius)];
  const places: number[] = [];
  const distances: number[] = [];
  const bound = limit * AREA;
  for (let i = top; i <= bottom; i++) {
    for (let j = left; j <= right; j++) {
      const there = i * columns + j;
      const full = places.length === most;
      // Nothing beyond the worst one of a full group is of interest.
      const least = full ? distances[most - 1] : bound;
      let distance = 0;
      for (let r = 0; r < BLOCK && distance <= least; r++) {
        const [a, b] = [at + r * columns, there + r * columns];
        for (let c = 0; c < BLOCK; c++) {
          const difference = values[a + c] - values[b + c];
          distance += difference * difference;
        }
      }
      // The block itself always belongs to its group.
      if (there === at) distance = -1;
      if (distance > bound || (full && distance >= least)) continue;
      let slot = full ? most - 1 : places.length;
      while (slot > 0 && distances[slot - 1] > distance) {
        distances[slot] = distances[slot - 1];
        places[slot] = places[slot - 1];
        slot--;
      }
      distances[slot] = distance;
      places[slot] = there;
    }
  }
  return places.slice(0, 2 ** Math.floor(Math.log2(places.length)));
}

/** First pixels of blocks, `step` apart, with the last ones at the border. */
export function anchors(size: number, step: number): number[] {
  const last = size - BLOCK;
  const found = Array.from({ length: Math.floor(last / step) + 1 }, (_, n) => n * step);
  return found[found.length - 1] === last ? found : [...found, last];
}

/** Copies the blocks of an image at places into `blocks`. */
export function gather({ values, columns }: Picture, places: readonly number[], blocks: Float64Array): void {
  for (const [b, place] of places.entries()) {
    for (let r = 0; r < BLOCK; r++) {
      const from = place + r * columns;
      blocks.set(values.subarray(from, from + BLOCK), b * AREA + r * BLOCK);
    }
  }
}
