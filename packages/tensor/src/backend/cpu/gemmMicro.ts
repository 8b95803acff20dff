import type { FunctionBuilder, Local, ModuleBuilder } from "./asm.ts";

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
  /** Columns of a full tile: two vectors. */
  readonly columns: 8 | 4;
}

/**
 * Describes the tile of an element type. Two vectors by six rows use 12 accumulators, two vectors of B and one of A:
 * all 15 vector registers that V8 hands out on x86-64. Separate multiply and add need one more register for the
 * product, hence five rows there.
 */
export function tileConfig(dtype: FloatType, relaxed: boolean): TileConfig {
  const rows = relaxed ? 6 : 5;
  return dtype === "f32"
    ? { dtype, relaxed, width: 4, shift: 2, lanes: 4, rows, columns: 8 }
    : { dtype, relaxed, width: 8, shift: 3, lanes: 2, rows, columns: 4 };
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

/** Parameters of a tile function: addresses and strides in bytes, then the depth and whether C is added to or overwritten. */
const TILE_PARAMS = ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const;

/**
 * Emits `tile(a, aStride, b, bStride, c, cStride, k, add)` for a fixed number of rows and vectors:
 * C[r][j] (+)= sum over k of A[r][k] B[k][j], with elements of a row of A, B and C adjacent in memory.
 */
function emitTile(m: ModuleBuilder, config: TileConfig, rows: number, vectors: number): FunctionBuilder {
  const f = m.func({ params: TILE_PARAMS });
  const [a, aStride, b, bStride, c, cStride, k, add] = f.params;
  const { width } = config;
  const acc = Array.from({ length: rows }, () => f.locals("v128", vectors));
  const bRow = f.locals("v128", vectors);
  const splat = f.local("v128");
  const aRows = [a, ...f.locals("i32", rows - 1)];
  const cRows = [c, ...f.locals("i32", rows - 1)];
  for (let r = 1; r < rows; r++) {
    f.sum(aRows[r], aRows[r - 1], aStride);
    f.sum(cRows[r], cRows[r - 1], cStride);
  }
  // Locals start at zero, so nothing needs to be done where C is overwritten.
  f.get(add).if(() => {
    for (let r = 0; r < rows; r++)
      for (let j = 0; j < vectors; j++)
        f.get(cRows[r])
          .mem("v128.load", 16 * j)
          .set(acc[r][j]);
  });
  const steps = (count: number): void => {
    for (let u = 0; u < count; u++) {
      for (let j = 0; j < vectors; j++)
        f.get(b)
          .mem("v128.load", 16 * j)
          .set(bRow[j]);
      f.sum(b, b, bStride);
      for (let r = 0; r < rows; r++) {
        f.get(aRows[r])
          .mem(splatLoad(config), u * width)
          .set(splat);
        for (let j = 0; j < vectors; j++) multiplyAdd(f, config, acc[r][j], splat, bRow[j]);
      }
    }
    for (let r = 0; r < rows; r++) f.increment(aRows[r], count * width);
    f.increment(k, -count);
  };
  for (const count of [4, 1]) f.whileAtLeast(k, count, () => steps(count));
  for (let r = 0; r < rows; r++) for (let j = 0; j < vectors; j++) f.get(cRows[r], acc[r][j]).mem("v128.store", 16 * j);
  return f;
}

/**
 * Emits all tile heights and widths and `tile(rows, wide, a, aStride, b, bStride, c, cStride, k, add)` that picks one:
 * `rows` in 1 to `config.rows`, two vectors of columns where `wide` is not zero, one otherwise.
 */
export function emitTiles(m: ModuleBuilder, config: TileConfig): FunctionBuilder {
  const tiles = [1, 2].map((vectors) =>
    Array.from({ length: config.rows }, (_, i) => emitTile(m, config, i + 1, vectors)),
  );
  return m.func({ params: ["i32", "i32", ...TILE_PARAMS] }, (f) => {
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
      () => pick(tiles[1]),
      () => pick(tiles[0]),
    );
  });
}
