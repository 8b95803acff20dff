/** Compiled functions on matrices of doubles in the arena that the factorizations are directed with. Strides are in bytes. */
import { wasmModule, type FunctionBuilder, type Local, type ModuleBuilder } from "./asm.ts";
import { emitBlock } from "./gemmBlock.ts";
import { emitCopy } from "./gemmCopy.ts";
import { tileConfig } from "./gemmMicro.ts";
import { forUp, whileAtLeast } from "./loops.ts";

const ROWS = 4;
/** Bytes of the elements of one pass: two vectors. */
const PASS = 32;

/**
 * `run(a, aStride, b, bStride, c, cStride, m, n, k, spare)`: C += A B, every element in increasing k. `spare` points to
 * `BLOCK_SCRATCH` bytes.
 */
export function productModule(relaxed: boolean, shared: boolean): Uint8Array {
  const config = tileConfig("f64", relaxed);
  const m = wasmModule({ shared });
  const block = emitBlock(m, config, emitCopy(m, config));
  m.func({ name: "run", params: Array<"i32">(10).fill("i32") }, (f) => {
    f.get(...f.params.slice(0, 9))
      .i32Const(1)
      .get(f.params[9])
      .call(block);
  });
  return m.bytes();
}

/** Appends `base += rows * stride`. */
function skip(f: FunctionBuilder, base: Local, rows: number, stride: Local): void {
  f.get(base).i32Const(rows).get(stride).op("i32.mul", "i32.add").set(base);
}

/** Addresses of rows below each other, the first of them at `base`. */
function rowsFrom(f: FunctionBuilder, at: readonly Local[], base: Local, stride: Local): void {
  at.forEach((row, r) => {
    if (r === 0) f.get(base).set(row);
    else f.sum(row, at[r - 1], stride);
  });
}

function vector(f: FunctionBuilder, at: Local, v: number): FunctionBuilder {
  return f.get(at).mem("v128.load", 16 * v);
}

function number(f: FunctionBuilder, value: number): FunctionBuilder {
  return f.v128Const(Float64Array.of(value, 0)).lane("f64x2.extract_lane", 0);
}

/** Inner products of `height` rows with x: `f(a, aStride, x, y, bytes)`, bytes a multiple of 8. */
function emitDots(m: ModuleBuilder, height: number): FunctionBuilder {
  const f = m.func({ params: ["i32", "i32", "i32", "i32", "i32"] });
  const [a, stride, x, y, bytes] = f.params;
  const rows = f.locals("i32", height);
  const sums = Array.from({ length: height }, () => f.locals("v128", 2));
  const part = f.locals("v128", 2);
  const left = f.local("i32");
  rowsFrom(f, rows, a, stride);
  f.get(bytes).set(left);
  whileAtLeast(f, left, PASS, () => {
    part.forEach((p, v) => vector(f, x, v).set(p));
    rows.forEach((row, r) =>
      sums[r].forEach((sum, v) => {
        f.get(sum);
        vector(f, row, v).get(part[v]).op("f64x2.mul", "f64x2.add").set(sum);
      }),
    );
    f.increment(x, PASS).increment(left, -PASS);
    for (const row of rows) f.increment(row, PASS);
  });
  whileAtLeast(f, left, 8, () => {
    rows.forEach((row, r) => {
      f.get(sums[r][0], row).mem("v128.load64_zero").get(x).mem("v128.load64_zero");
      f.op("f64x2.mul", "f64x2.add").set(sums[r][0]).increment(row, 8);
    });
    f.increment(x, 8).increment(left, -8);
  });
  sums.forEach(([s, t], r) => {
    f.get(y).get(s).lane("f64x2.extract_lane", 0).get(s).lane("f64x2.extract_lane", 1).op("f64.add");
    f.get(t).lane("f64x2.extract_lane", 0).get(t).lane("f64x2.extract_lane", 1).op("f64.add");
    f.op("f64.add").mem("f64.store", 8 * r);
  });
  return f;
}

/** `run(a, aStride, x, y, rows, bytes)`: y[i] = sum over j of a[i][j] x[j], in four interleaved sums. */
export function dotsModule(shared: boolean): Uint8Array {
  const m = wasmModule({ shared });
  const heights = [ROWS, 1] as const;
  const parts = heights.map((height) => emitDots(m, height));
  m.func({ name: "run", params: Array<"i32">(6).fill("i32") }, (f) => {
    const [a, stride, x, y, rows, bytes] = f.params;
    heights.forEach((height, i) =>
      whileAtLeast(f, rows, height, () => {
        f.get(a, stride, x, y, bytes).call(parts[i]);
        skip(f, a, height, stride);
        f.increment(y, 8 * height).increment(rows, -height);
      }),
    );
  });
  return m.bytes();
}

/** Adds `height` rows, each times its factor, to y, or subtracts them: `f(factors, step, a, aStride, y, bytes)`. */
function emitCombine(m: ModuleBuilder, height: number, sign: "add" | "sub"): FunctionBuilder {
  const f = m.func({ params: Array<"i32">(6).fill("i32") });
  const [factors, step, a, stride, y, bytes] = f.params;
  const rows = f.locals("i32", height);
  const scale = f.locals("v128", height);
  const sums = f.locals("v128", 2);
  const left = f.local("i32");
  rowsFrom(f, rows, a, stride);
  for (const s of scale) f.get(factors).mem("v128.load64_splat").set(s).sum(factors, factors, step);
  f.get(bytes).set(left);
  whileAtLeast(f, left, PASS, () => {
    sums.forEach((sum, v) => vector(f, y, v).set(sum));
    rows.forEach((row, r) =>
      sums.forEach((sum, v) => {
        f.get(sum);
        vector(f, row, v).get(scale[r]).op("f64x2.mul", `f64x2.${sign}`).set(sum);
      }),
    );
    sums.forEach((sum, v) => f.get(y, sum).mem("v128.store", 16 * v));
    f.increment(y, PASS).increment(left, -PASS);
    for (const row of rows) f.increment(row, PASS);
  });
  const sum = f.local("f64");
  whileAtLeast(f, left, 8, () => {
    f.get(y).mem("f64.load").set(sum);
    rows.forEach((row, r) => {
      f.get(sum, row).mem("f64.load").get(scale[r]).lane("f64x2.extract_lane", 0);
      f.op("f64.mul", `f64.${sign}`).set(sum).increment(row, 8);
    });
    f.get(y, sum).mem("f64.store").increment(y, 8).increment(left, -8);
  });
  return f;
}

/** Emits `f(factors, step, a, aStride, y, rows, bytes)`: {@link emitCombine} for any number of rows, in increasing order. */
function emitCombination(m: ModuleBuilder, sign: "add" | "sub", name?: string): FunctionBuilder {
  const heights = [ROWS, 1] as const;
  const parts = heights.map((height) => emitCombine(m, height, sign));
  return m.func({ params: Array<"i32">(7).fill("i32"), name }, (f) => {
    const [factors, step, a, stride, y, rows, bytes] = f.params;
    heights.forEach((height, i) =>
      whileAtLeast(f, rows, height, () => {
        f.get(factors, step, a, stride, y, bytes).call(parts[i]);
        skip(f, a, height, stride);
        skip(f, factors, height, step);
        f.increment(rows, -height);
      }),
    );
  });
}

/** `run(factors, step, a, aStride, y, rows, bytes)`: y[j] += sum over i of factors[i] a[i][j], or -=, in increasing i. */
export function combineModule(sign: "add" | "sub", shared: boolean): Uint8Array {
  const m = wasmModule({ shared });
  emitCombination(m, sign, "run");
  return m.bytes();
}

/**
 * `run(a, stride, rows, bytes)`: the first `rows` rows of U with a = U^T U, from the upper triangle of a matrix with rows of `bytes`
 * bytes, which they replace. Returns 0 when it is not positive definite, otherwise 1.
 */
export function choleskyRowsModule(shared: boolean): Uint8Array {
  const m = wasmModule({ shared });
  const subtract = emitCombination(m, "sub");
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"], results: ["i32"] }, (f) => {
    const [a, stride, rows, bytes] = f.params;
    const [i, row, at, left] = f.locals("i32", 4);
    const [square, root] = [f.local("f64"), f.local("f64")];
    const roots = f.local("v128");
    f.get(a).set(row);
    forUp(f, i, rows, 1, () => {
      // Column i of the rows above has the factors.
      f.get(a, stride, a, stride, row, i, bytes).call(subtract);
      f.get(row).mem("f64.load").set(square);
      // Also for NaN.
      f.get(square);
      number(f, 0).op("f64.gt").get(square);
      number(f, Infinity).op("f64.lt", "i32.and", "i32.eqz");
      f.if(() => f.i32Const(0).op("return"));
      f.get(square).op("f64.sqrt").set(root).get(root).op("f64x2.splat").set(roots);
      f.get(row).set(at).get(bytes).set(left);
      whileAtLeast(f, left, 16, () => {
        f.get(at);
        vector(f, at, 0).get(roots).op("f64x2.div").mem("v128.store").increment(at, 16).increment(left, -16);
      });
      f.get(left).if(() => {
        f.get(at, at).mem("f64.load").get(root).op("f64.div").mem("f64.store");
      });
      f.increment(a, 8).sum(row, row, stride).increment(row, 8).increment(bytes, -8);
    });
    f.i32Const(1);
  });
  return m.bytes();
}

/** `run(to, toStride, from, rowStride, columnStride, rows, columns)`: to[i][j] = -from[i][j]. */
export function negateModule(shared: boolean): Uint8Array {
  const m = wasmModule({ shared });
  const copy = emitCopy(m, tileConfig("f64", false));
  m.func({ name: "run", params: Array<"i32">(7).fill("i32") }, (f) => {
    const [to, stride, , , , rows, columns] = f.params;
    const [at, left] = f.locals("i32", 2);
    f.get(...f.params).call(copy);
    whileAtLeast(f, rows, 1, () => {
      f.get(to).set(at).get(columns).set(left);
      whileAtLeast(f, left, 2, () => {
        f.get(at);
        vector(f, at, 0).op("f64x2.neg").mem("v128.store").increment(at, 16).increment(left, -2);
      });
      f.get(left).if(() => {
        f.get(at, at).mem("f64.load").op("f64.neg").mem("f64.store");
      });
      f.sum(to, to, stride).increment(rows, -1);
    });
  });
  return m.bytes();
}

/** Rows and columns of the tiles in which both triangles of a square matrix are walked through. */
const TILE = 16;

/**
 * What becomes of two blocks of 2 x 2, `low` below the diagonal and `high` where that is mirrored. `mean`: both the mean of each
 * and the transpose of the other; `lower`: the lower one the transpose of the upper one, which becomes zeros.
 */
export type MirrorKind = "mean" | "lower";

/**
 * `run(a, stride, n)`: goes over both triangles of an n x n matrix. One more row must be there for odd n, whose elements get any
 * values, as does column n.
 */
export function mirrorModule(kind: MirrorKind, shared: boolean): Uint8Array {
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32"] }, (f) => {
    const [a, stride, n] = f.params;
    const [top, left, bottom, right, i, j, low, high, low2, high2] = f.locals("i32", 10);
    const [p, q, r, s] = f.locals("v128", 4);
    const tileEnd = (into: Local, from: Local, most: Local): void => {
      f.get(from).i32Const(TILE).op("i32.add").get(most).get(from).i32Const(TILE).op("i32.add").get(most);
      f.op("i32.lt_s", "select").set(into);
    };
    const address = (into: Local, row: Local, column: Local): void => {
      f.get(a).get(row, stride).op("i32.mul", "i32.add").get(column).i32Const(3).op("i32.shl", "i32.add").set(into);
    };
    const transposed = (x: Local, y: Local, lane: 0 | 1): FunctionBuilder => f.get(x, y).shuffle([lane, 2 + lane]);
    const halved = (x: Local): FunctionBuilder => f.get(x).v128Const(Float64Array.of(0.5, 0.5)).op("f64x2.mul").set(x);
    const store = (at: Local, value: () => void): void => {
      f.get(at);
      value();
      f.mem("v128.store");
    };
    const mean = (): void => {
      for (const x of [p, q, r, s]) halved(x);
      const pair = [
        [p, 0],
        [q, 1],
      ] as const;
      // The lower block first: on the diagonal both are the same, and so are the results.
      for (const [x, lane] of pair) {
        f.get(x);
        transposed(r, s, lane).op("f64x2.add").set(x);
      }
      store(low, () => f.get(p));
      store(low2, () => f.get(q));
      store(high, () => transposed(p, q, 0));
      store(high2, () => transposed(p, q, 1));
    };
    const lower = (): void => {
      f.get(i, j)
        .op("i32.eq")
        .if(
          () => {
            // [a b; c d] becomes [a 0; b d].
            store(low, () => f.get(r).v128Const(new Float64Array(2)).shuffle([0, 2]));
            store(low2, () => f.get(r, s).shuffle([1, 3]));
          },
          () => {
            store(low, () => transposed(r, s, 0));
            store(low2, () => transposed(r, s, 1));
            for (const at of [high, high2]) store(at, () => f.v128Const(new Float64Array(2)));
          },
        );
    };
    forUp(f, top, n, TILE, () => {
      tileEnd(bottom, top, n);
      f.i32Const(0).set(left);
      f.loop((again) => {
        f.get(top).set(i);
        forUp(f, i, bottom, 2, () => {
          // Up to the diagonal.
          f.get(i).i32Const(1).op("i32.add").set(high);
          tileEnd(right, left, high);
          f.get(left).set(j);
          forUp(f, j, right, 2, () => {
            address(low, i, j);
            address(high, j, i);
            f.sum(low2, low, stride).sum(high2, high, stride);
            for (const [x, at] of [[p, low], [q, low2], [r, high], [s, high2]] as const) vector(f, at, 0).set(x); // prettier-ignore
            if (kind === "mean") mean();
            else lower();
          });
        });
        f.increment(left, TILE).get(left, top).op("i32.le_s").brIf(again);
      });
    });
  });
  return m.bytes();
}
