import type { FunctionBuilder, Local, ModuleBuilder } from "./asm.ts";
import { forUp, whileAtLeast } from "./loops.ts";

/**
 * The innermost step of matrix products and convolutions: a tile of C kept in registers while one pass over k adds
 * outer products of a column of A and a row of B to it.
 *
 * Every element of C is accumulated in increasing k, one product after the other, so results do not depend on how
 * a product is cut into tiles and blocks. With relaxed SIMD product and sum are one rounding, without they are two.
 */

/** Element type of a routine. */
export type FloatType = "f32" | "f64";

/** What the templates need to know about an element type and the rounding of multiply-add. */
export interface TileConfig {
  readonly dtype: FloatType;
  /** Use fused multiply-add where the engine has it. */
  readonly relaxed: boolean;
  /** Bytes per element. */
  readonly width: 4 | 8;
  /** log2 of `width`. */
  readonly shift: 2 | 3;
  /** Elements per vector. */
  readonly lanes: 4 | 2;
  /** Largest number of rows in a tile. */
  readonly rows: number;
  /** Steps of k in one pass of the inner loop. */
  readonly unroll: number;
  /** Columns of a full tile: two vectors. */
  readonly columns: 8 | 4;
}

/**
 * Describes the tile of an element type. Two vectors by six rows use 12 accumulators, two vectors of B and one of A:
 * all 15 vector registers that V8 hands out on x86-64. Separate multiply and add need one more for the product; engines
 * without relaxed SIMD are also older ones whose register allocation spills at five rows or in unrolled loops (V8 11.3:
 * 53 GFLOP/s with four rows, 35 with five or with unrolling, where V8 13.6 has 63 and 66).
 */
export function tileConfig(dtype: FloatType, relaxed: boolean): TileConfig {
  const shape = relaxed ? ({ rows: 6, unroll: 8 } as const) : ({ rows: 4, unroll: 1 } as const);
  return dtype === "f32"
    ? { dtype, relaxed, ...shape, width: 4, shift: 2, lanes: 4, columns: 8 }
    : { dtype, relaxed, ...shape, width: 8, shift: 3, lanes: 2, columns: 4 };
}

/** Appends `acc += x * y` for vectors; the operands are locals. */
export function multiplyAdd(f: FunctionBuilder, config: TileConfig, acc: Local, x: Local, y: Local): void {
  const vector = config.dtype === "f32" ? "f32x4" : "f64x2";
  if (config.relaxed) f.get(x, y, acc).op(`${vector}.relaxed_madd`).set(acc);
  else f.get(acc, x, y).op(`${vector}.mul`, `${vector}.add`).set(acc);
}

/** Name of the load that copies one element to all lanes. */
export function splatLoad(config: TileConfig): "v128.load32_splat" | "v128.load64_splat" {
  return config.width === 4 ? "v128.load32_splat" : "v128.load64_splat";
}

/**
 * Where a tile finds its operands. All addresses and strides are in bytes; elements of a row of A, B and C are adjacent.
 *
 * - `strided`: `(a, aStride, b, bStride, c, cStride, k, add)`, plain matrices.
 * - `panels`: `(a, aStride, b, bStride, c, cStride, k, add, count, panel)`, `count` tiles side by side, whose columns of B
 *   start `panel` bytes apart.
 * - `gathered`: `(a, aStride, b, offsets, c, cStride, k, add)`, row k of B starts at `b + offsets[k]`.
 * - `paired`: the same with `(..., k, add, bNext, cNext)`, one vector from each of two places: the second of B and C lies
 *   `bNext` and `cNext` bytes after the first.
 * - `windowed`: `(a, offsets, b, bStride, c, cStride, k, add, spans, skip)`, row r of A starts at `a + offsets[r]` and
 *   consists of `spans` runs of k elements with `skip` bytes between them.
 *
 * `offsets` points to i32 words; `add` tells whether C is added to or overwritten.
 */
export type TileKind = "strided" | "panels" | "gathered" | "paired" | "windowed";

function tileParams(kind: TileKind): "i32"[] {
  return Array<"i32">(kind === "strided" || kind === "gathered" ? 8 : 10).fill("i32");
}

/** Emits the tile function for a fixed number of rows and vectors: C[r][j] (+)= sum over k of A[r][k] B[k][j]. */
function emitTile(
  m: ModuleBuilder,
  config: TileConfig,
  kind: TileKind,
  rows: number,
  vectors: number,
): FunctionBuilder {
  const f = m.func({ params: tileParams(kind) });
  const [a, aPlace, b, bPlace, c, cStride, k, add, spans, skip] = f.params;
  const { width, shift } = config;
  const acc = Array.from({ length: rows }, () => f.locals("v128", vectors));
  const bRow = f.locals("v128", vectors);
  const splat = f.local("v128");
  const [left, from] = f.locals("i32", 2);
  const aRows = f.locals("i32", rows);
  const cRows = f.locals("i32", rows);
  for (let r = 0; r < rows; r++) {
    if (kind === "windowed") {
      f.get(a, aPlace)
        .mem("i32.load", 4 * r)
        .op("i32.add")
        .set(aRows[r]);
    } else if (r === 0) f.get(a).set(aRows[0]);
    else f.sum(aRows[r], aRows[r - 1], aPlace);
    if (r === 0) f.get(c).set(cRows[0]);
    else f.sum(cRows[r], cRows[r - 1], cStride);
  }
  const eachSum = (body: (vector: Local, r: number, j: number) => void): void =>
    acc.forEach((row, r) => row.forEach((vector, j) => body(vector, r, j)));
  const paired = kind === "paired";
  const gathered = kind === "gathered" || paired;
  const [bNext, cNext] = [spans, skip];
  /** Pushes the place of vector j from a row's place, and returns what is left of the distance. */
  const vectorAt = (place: Local, next: Local, j: number): number => {
    f.get(place);
    if (paired && j === 1) f.get(next).op("i32.add");
    return paired ? 0 : 16 * j;
  };
  const load = (): void => eachSum((vector, r, j) => f.mem("v128.load", vectorAt(cRows[r], cNext, j)).set(vector));
  const store = (): void =>
    eachSum((vector, r, j) => {
      const offset = vectorAt(cRows[r], cNext, j);
      f.get(vector).mem("v128.store", offset);
    });
  const steps = (count: number): void => {
    for (let u = 0; u < count; u++) {
      if (gathered) {
        f.get(b, bPlace)
          .mem("i32.load", 4 * u)
          .op("i32.add")
          .set(from);
      }
      bRow.forEach((vector, j) => f.mem("v128.load", vectorAt(gathered ? from : b, bNext, j)).set(vector));
      if (!gathered) f.sum(b, b, bPlace);
      for (let r = 0; r < rows; r++) {
        f.get(aRows[r])
          .mem(splatLoad(config), u * width)
          .set(splat);
        acc[r].forEach((vector, j) => multiplyAdd(f, config, vector, splat, bRow[j]));
      }
    }
    if (gathered) f.increment(bPlace, 4 * count);
    for (const row of aRows) f.increment(row, count * width);
    f.increment(left, -count);
  };
  const run = (): void => {
    f.get(k).set(left);
    whileAtLeast(f, left, config.unroll, () => steps(config.unroll));
    for (let count = config.unroll / 2; count >= 1; count /= 2) {
      f.get(left)
        .i32Const(count)
        .op("i32.and")
        .if(() => steps(count));
    }
  };
  if (kind === "panels") {
    const [count, panel] = [spans, skip];
    const [bFrom, back] = f.locals("i32", 2);
    f.get(b).set(bFrom).i32Const(0).get(k).i32Const(shift).op("i32.shl", "i32.sub").set(back);
    whileAtLeast(f, count, 1, () => {
      f.get(bFrom).set(b);
      f.get(add).if(load, () => eachSum((vector) => f.v128Const(new Uint8Array(16)).set(vector)));
      run();
      store();
      for (const row of aRows) f.sum(row, row, back);
      for (const row of cRows) f.increment(row, 16 * vectors);
      f.sum(bFrom, bFrom, panel).increment(count, -1);
    });
    return f;
  }
  // Locals start at zero, so nothing needs to be done where C is overwritten.
  f.get(add).if(load);
  if (kind === "windowed") {
    whileAtLeast(f, spans, 1, () => {
      run();
      for (const row of aRows) f.sum(row, row, skip);
      f.increment(spans, -1);
    });
  } else run();
  store();
  return f;
}

/**
 * Emits all tile heights and widths and `tile(rows, wide, ...)` that picks one: `rows` in 1 to `config.rows`, two
 * vectors of columns where `wide` is not zero or tiles are `paired`, one otherwise; the other parameters are those of the
 * kind.
 */
export function emitTiles(m: ModuleBuilder, config: TileConfig, kind: TileKind): FunctionBuilder {
  const heights = (vectors: number): FunctionBuilder[] =>
    Array.from({ length: config.rows }, (_, i) => emitTile(m, config, kind, i + 1, vectors));
  const two = heights(2);
  const one = kind === "paired" ? two : heights(1);
  return m.func({ params: ["i32", "i32", ...tileParams(kind)] }, (f) => {
    const [rows, wide, ...rest] = f.params;
    const call = (tile: FunctionBuilder): FunctionBuilder => f.get(...rest).call(tile);
    const pick = (choices: readonly FunctionBuilder[]): void => {
      for (let r = config.rows; r > 1; r--) {
        f.get(rows).i32Const(r).op("i32.eq");
        f.if(() => call(choices[r - 1]).op("return"));
      }
      call(choices[0]);
    };
    f.get(wide).if(
      () => pick(two),
      () => pick(one),
    );
  });
}

/** Rows of a block cut into tiles; made by {@link rowTiles}. */
export interface RowTiles {
  /** Height of the current tile. */
  readonly rows: Local;
  /** Runs `body` for every tile, top to bottom. */
  forEach(body: () => void): void;
}

/**
 * Spreads `count` > 0 rows evenly over the least number of tiles (32 rows are 6 + 6 + 5 + 5 + 5 + 5): a last tile of one
 * or two rows would leave the multipliers idle.
 */
export function rowTiles(f: FunctionBuilder, config: TileConfig, count: Local): RowTiles {
  const [tiles, height, taller, t, rows] = f.locals("i32", 5);
  f.get(count)
    .set(tiles)
    .increment(tiles, config.rows - 1);
  f.get(tiles).i32Const(config.rows).op("i32.div_u").set(tiles);
  f.get(count, tiles).op("i32.div_u").set(height);
  f.get(count, tiles).op("i32.rem_u").set(taller);
  return {
    rows,
    forEach(body) {
      f.i32Const(0).set(t);
      forUp(f, t, tiles, 1, () => {
        f.get(height, t, taller).op("i32.lt_s", "i32.add").set(rows);
        body();
      });
    },
  };
}
