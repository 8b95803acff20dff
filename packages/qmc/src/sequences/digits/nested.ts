/**
 * Nested uniform scrambling in any base: the permutation of a digit is hashed from the key and all digits before it. Nodes of the
 * tree of digits are hashes; a permutation is drawn only as far as its image of one digit needs.
 *
 * Source: A. Owen, MCQMC 1995.
 */
import type { Key } from "@ansatz/tensor/random";
import { boundedBelow, mix } from "../../words.ts";
import type { CoordinateWriter } from "./coordinate.ts";
import type { DigitMap } from "./digitMaps.ts";

/** One coordinate's tree. */
interface Tree {
  readonly root: number;
  /** The image of a digit under the permutation of a node. */
  image(node: number, digit: number): number;
  /** The node below, by the digit before scrambling. */
  child(node: number, digit: number): number;
}

function treeOf({ k0, k1 }: Key, base: number): Tree {
  const rest = new Int32Array(base);
  return {
    root: mix(k0 ^ mix(k1)),
    image(node, digit) {
      // Images of 0, 1, … are drawn from those that are left.
      let word = mix(node + 0x9e3779b9);
      if (digit === 0) return boundedBelow(word >>> 0, base);
      for (let i = 0; i < base; i++) rest[i] = i;
      for (let i = 0; ; i++) {
        const j = i + boundedBelow(word >>> 0, base - i);
        if (i === digit) return rest[j];
        rest[j] = rest[i];
        word = mix(word + k1 + i);
      }
    },
    child: (node, digit) => mix(Math.imul(node ^ (digit + 1), 0x27d4eb2f) + k0),
  };
}

/** Scrambles digits, however they were made. */
export function nestedMap(key: Key, base: number, digits: number): DigitMap {
  const tree = treeOf(key, base);
  return (a, y) => {
    let node = tree.root;
    for (let k = 0; k < digits; k++) {
      y[k] = tree.image(node, a[k]);
      node = tree.child(node, a[k]);
    }
  };
}

/** Entries of a table of low digits at most, unless the base itself is larger. */
const MOST = 4096;

/** Writer of scrambled digits of the index itself: the first ones, which many points share, are looked up. */
export function nestedWriter(key: Key, base: number, digits: number): CoordinateWriter {
  const tree = treeOf(key, base);
  let low = 1;
  while (low < digits && base ** (low + 1) <= MOST) low++;
  const size = base ** low;
  const scale = base ** digits;
  let sums: Float64Array | undefined;
  const nodes = new Int32Array(size);
  /** Values of the low digits and the nodes below them. */
  const makeTable = (): Float64Array => {
    const made = new Float64Array(size);
    nodes[0] = tree.root;
    for (let k = 0, width = 1; k < low; k++, width *= base) {
      const weight = base ** (digits - 1 - k);
      // Entries below `width` hold what the digits before lead to; that of digit 0 is overwritten last.
      for (let digit = base - 1; digit >= 0; digit--) {
        for (let p = 0; p < width; p++) {
          made[p + digit * width] = made[p] + tree.image(nodes[p], digit) * weight;
          nodes[p + digit * width] = tree.child(nodes[p], digit);
        }
      }
    }
    return made;
  };
  return (target, offset, stride, first, end) => {
    sums ??= makeTable();
    for (let i = first, o = offset; i < end; i++, o += stride) {
      let rest = Math.floor(i / size);
      const entry = i - rest * size;
      let node = nodes[entry];
      let sum = 0;
      for (let k = low; k < digits; k++) {
        const next = Math.floor(rest / base);
        const digit = rest - next * base;
        sum = sum * base + tree.image(node, digit);
        node = tree.child(node, digit);
        rest = next;
      }
      target[o] = (sums[entry] + sum) / scale;
    }
  };
}
