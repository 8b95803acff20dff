/** Sorting of rows that one thread takes whole, and the first few of sorted rows. */
import { wasmModule } from "./asm.ts";
import { loadWords } from "./gemmWords.ts";
import { repeat } from "./scanKernel.ts";
import { COUNTS, emitSortFunctions, loadKey, type KeyFormat } from "./sortParts.ts";
import { forUp } from "./loops.ts";

/** Parameter words; a work unit is one row of n elements, of which the positions of the first `count` are wanted. */
export const ROW_SORT_WORDS = ["x", "y", "n", "count"] as const;

/** Rows up to this length are sorted by insertion. */
const FEW = 40;

/** Bytes of scratch for rows of n elements: two arrays of keys, two of positions, the counts. */
export function rowSortScratch(n: number, { bytes }: KeyFormat): number {
  return COUNTS + 2 * n * (bytes + 4);
}

/** Module that sorts rows. */
export function rowSortModule(format: KeyFormat, shared: boolean): Uint8Array {
  const { type, bytes } = format;
  const m = wasmModule({ shared });
  const sort = emitSortFunctions(m, format);

  /** `(keys, positions, count)`: sorts by insertion. */
  const insertion = m.func({ params: ["i32", "i32", "i32"] }, (f) => {
    const [keys, positions, count] = f.params;
    const [i, j, keyAt, at, position] = f.locals("i32", 5);
    const [key, other] = f.locals(type, 2);
    f.i32Const(1).set(i);
    forUp(f, i, count, 1, () => {
      f.get(keys, i).i32Const(bytes).op("i32.mul", "i32.add").set(keyAt);
      f.get(positions, i).i32Const(4).op("i32.mul", "i32.add").set(at);
      f.get(keyAt).mem(`${type}.load`).set(key).get(at).mem("i32.load").set(position);
      f.get(i).set(j);
      f.block((found) => {
        f.loop((again) => {
          f.get(j).op("i32.eqz").brIf(found);
          f.get(keyAt).i32Const(bytes).op("i32.sub").mem(`${type}.load`).set(other);
          f.get(other, key).op(`${type}.le_u`).brIf(found);
          f.get(keyAt, other).mem(`${type}.store`);
          f.get(at).get(at).i32Const(4).op("i32.sub").mem("i32.load").mem("i32.store");
          f.increment(keyAt, -bytes).increment(at, -4).increment(j, -1).br(again);
        });
      });
      f.get(keyAt, key).mem(`${type}.store`).get(at, position).mem("i32.store");
    });
  });

  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w = loadWords(f, pp, ROW_SORT_WORDS);
    const [unit, elements, output, keys, keysTo, positions, positionsTo] = f.locals("i32", 7);
    const [shift, bits, at, end, sum, count, spare] = f.locals("i32", 7);
    f.i32Const(8 * bytes).set(bits);
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit, w.n).op("i32.mul").i32Const(bytes).op("i32.mul").get(w.x).op("i32.add").set(elements);
      f.get(unit, w.n).op("i32.mul").i32Const(4).op("i32.mul").get(w.y).op("i32.add").set(output);
      f.get(scratch).i32Const(COUNTS).op("i32.add").set(keys);
      f.get(keys).get(w.n).i32Const(bytes).op("i32.mul", "i32.add").set(keysTo);
      f.get(keysTo).get(w.n).i32Const(bytes).op("i32.mul", "i32.add").set(positions);
      f.get(positions).get(w.n).i32Const(4).op("i32.mul", "i32.add").set(positionsTo);
      f.get(elements, keys, positions).i32Const(0).get(w.n).call(sort.prepare);
      f.get(w.n).i32Const(FEW).op("i32.le_u");
      f.if(
        () => f.get(keys, positions, w.n).call(insertion),
        () => {
          f.i32Const(0).set(shift);
          forUp(f, shift, bits, 8, () => {
            f.get(keys, w.n, shift, scratch).call(sort.count);
            // Counts become starts; where one digit has everything there is nothing to move.
            f.get(scratch).set(at).get(scratch).i32Const(COUNTS).op("i32.add").set(end);
            f.i32Const(0).set(sum).i32Const(0).set(spare);
            f.loop((again) => {
              f.get(at).mem("i32.load").set(count);
              f.get(count, w.n).op("i32.eq").get(spare).op("i32.or").set(spare);
              f.get(at, sum).mem("i32.store").sum(sum, sum, count);
              f.increment(at, 4).get(at, end).op("i32.lt_u").brIf(again);
            });
            f.get(spare)
              .op("i32.eqz")
              .if(() => {
                f.get(keys, positions, keysTo, positionsTo, w.n, shift, scratch).call(sort.move);
                f.get(keys).get(keysTo).set(keys).set(keysTo);
                f.get(positions).get(positionsTo).set(positions).set(positionsTo);
              });
          });
        },
      );
      f.get(output, positions).get(w.n).i32Const(4).op("i32.mul").memoryCopy();
    });
  });
  return m.bytes();
}

/** Bytes of scratch for the first `count` of rows. */
export function firstScratch(count: number, { bytes }: KeyFormat): number {
  return (count + 1) * (bytes + 4);
}

/** Module that finds the first `count` positions in sorted order, keeping the best so far in order. */
export function firstModule(format: KeyFormat, shared: boolean): Uint8Array {
  const { type, bytes } = format;
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w = loadWords(f, pp, ROW_SORT_WORDS);
    const [unit, elements, output, positions, have, left, position, at, keyAt, j] = f.locals("i32", 10);
    const [key, worst, other] = f.locals(type, 3);
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit, w.n).op("i32.mul").i32Const(bytes).op("i32.mul").get(w.x).op("i32.add").set(elements);
      f.get(unit, w.count).op("i32.mul").i32Const(4).op("i32.mul").get(w.y).op("i32.add").set(output);
      f.get(scratch).get(w.count).i32Const(1).op("i32.add").i32Const(bytes).op("i32.mul", "i32.add").set(positions);
      f.i32Const(0).set(have).i32Const(0).set(position).get(w.n).set(left);
      repeat(f, left, () => {
        loadKey(f, format, elements, key);
        f.get(have, w.count).op("i32.lt_u").get(key, worst).op(`${type}.lt_u`, "i32.or");
        f.if(() => {
          // Goes in behind all that are not larger; the last one falls off when there are enough.
          f.get(have).set(j);
          f.get(scratch).get(j).i32Const(bytes).op("i32.mul", "i32.add").set(keyAt);
          f.get(positions).get(j).i32Const(4).op("i32.mul", "i32.add").set(at);
          f.block((found) => {
            f.loop((again) => {
              f.get(j).op("i32.eqz").brIf(found);
              f.get(keyAt).i32Const(bytes).op("i32.sub").mem(`${type}.load`).set(other);
              f.get(other, key).op(`${type}.le_u`).brIf(found);
              f.get(keyAt, other).mem(`${type}.store`);
              f.get(at).get(at).i32Const(4).op("i32.sub").mem("i32.load").mem("i32.store");
              f.increment(keyAt, -bytes).increment(at, -4).increment(j, -1).br(again);
            });
          });
          f.get(keyAt, key).mem(`${type}.store`).get(at, position).mem("i32.store");
          f.get(have, w.count)
            .op("i32.lt_u")
            .if(() => f.increment(have, 1));
          f.get(scratch).get(have).i32Const(1).op("i32.sub").i32Const(bytes).op("i32.mul", "i32.add");
          f.mem(`${type}.load`).set(worst);
        });
        f.increment(elements, bytes).increment(position, 1);
      });
      f.get(output, positions).get(w.count).i32Const(4).op("i32.mul").memoryCopy();
    });
  });
  return m.bytes();
}
