/** Loops of maps and of reductions across rows: blocks of a loop, and rows side by side. */
import type { Local } from "./asm.ts";
import { hoist, release, type Program } from "./emitProgram.ts";
import { advance, countDown, giveBack, pushStride, take, withPointers, type Emission } from "./emitState.ts";

/** Cuts a loop of `rest` iterations into blocks; `body` gets the number of iterations of its block. Ends with rest = 0. */
export function blocks(
  s: Emission,
  dim: number,
  accesses: readonly number[],
  rest: Local,
  block: number,
  start: Local | undefined,
  body: (count: Local) => void,
): void {
  const { f } = s;
  const count = take(s, "i32");
  withPointers(s, dim, accesses, start, (moving) => {
    f.get(rest).if(() => {
      f.loop((again) => {
        f.get(rest).i32Const(block).get(rest).i32Const(block).op("i32.lt_u", "select").set(count);
        body(count);
        for (const a of moving) advance(s, a, dim, block);
        f.get(rest, count).op("i32.sub").tee(rest).brIf(again);
      });
    });
  });
  giveBack(s, "i32", [count]);
}

/**
 * The row loop with rows side by side, as several loops one after the other, each with its number of rows.
 * @param level of the programs' values that are at hand in the body
 * @param pushCount pushes the number of iterations of the loop with `side` rows
 * @param body gets the local that counts the iterations of its loop down
 */
export function rowsSideBySide(
  s: Emission,
  programs: readonly Program[],
  accesses: readonly number[],
  level: number,
  start: Local | undefined,
  sides: readonly number[],
  pushCount: (side: number) => void,
  body: (side: number, left: Local) => void,
): void {
  withPointers(s, s.row, accesses, start, (moving) => {
    for (const side of sides) {
      pushCount(side);
      countDown(s, (left) => {
        const apart = moving.filter((a) => s.kernel.accesses[a].classes[s.row] === "k");
        for (const a of apart) s.rows[a] = rowPointers(s, a, side);
        s.spread = 0;
        for (const program of programs) hoist(s, program, level, side);
        body(side, left);
        for (const program of programs) release(s, program, level);
        for (const a of apart) {
          giveBack(s, "i32", s.rows[a]?.slice(1) ?? []);
          s.rows[a] = undefined;
        }
        for (const a of moving) advance(s, a, s.row, side);
      });
    }
  });
}

/** Pushes the number of groups of `side` (a power of 2) among `rows`, or of the rows that are left of groups of `most`. */
export function pushSides({ f }: Emission, rows: Local, side: number, most: number): void {
  f.get(rows);
  if (side > 1) f.i32Const(Math.log2(side)).op("i32.shr_u");
  else if (most > 1) f.i32Const(most - 1).op("i32.and");
}

/** Pointers to `count` rows. */
function rowPointers(s: Emission, access: number, count: number): Local[] {
  return Array.from({ length: count }, (_, row) => {
    if (row === 0) return s.pointers[access];
    const p = take(s, "i32");
    s.f.get(s.pointers[access]);
    pushStride(s, access, s.row, row);
    s.f.op("i32.add").set(p);
    return p;
  });
}
