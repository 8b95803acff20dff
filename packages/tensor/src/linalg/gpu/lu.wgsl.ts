/** The LU factorization with partial pivoting and the systems it solves, on the GPU. */
import type { GpuDispatch, GpuRoutine } from "../../backend/backend.ts";
import {
  countOf,
  dispatchOf,
  FLAT,
  FLAT_HEAD,
  flatGroups,
  operandMatrices,
  partsOf,
  shapeOf,
  spoil,
  type Binding,
  type LinalgShader,
  type Matrices,
} from "./shader.wgsl.ts";
import { BLOCK, substitute, substituteBlock } from "./substitution.wgsl.ts";
import { block, update } from "./update.wgsl.ts";

/** Invocations that factor the columns of one matrix. */
const LANES = 256;

const START: LinalgShader = {
  name: "lu start",
  buffers: [
    { name: "a", type: "elements", writes: false },
    { name: "x", type: "elements", writes: true },
    { name: "rows", type: "i32", writes: true },
    { name: "sign", type: "f32", writes: true },
  ],
  params: ["count", "m", "n"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  store_x(at, load_a(at));
  if (at % p.n == 0) {
    let row = at / p.n;
    rows[row] = row % p.m;
    if (row % p.m == 0) { sign[row / p.m] = 1.0f; }
  }`,
};

/**
 * A workgroup factors a block of columns of one matrix, column by column. Of the largest magnitudes the first counts, as does the first
 * NaN, whose bits are the largest.
 */
const COLUMNS: LinalgShader = {
  name: "lu columns",
  buffers: [
    { name: "x", type: "elements", writes: true },
    { name: "rows", type: "i32", writes: true },
    { name: "sign", type: "f32", writes: true },
    { name: "pivots", type: "i32", writes: true },
  ],
  params: ["batch", "m", "n", "first", "columns"],
  workgroup: LANES,
  before: `var<workgroup> keys: array<u32, ${LANES}>;
var<workgroup> places: array<i32, ${LANES}>;`,
  body: `  if (block >= p.batch) { return; }
  let origin = block * p.m * p.n;
  for (var j = p.first; j < p.first + p.columns; j++) {
    var key = 0u;
    var place = 0x7fffffff;
    for (var i = j + local; i < p.m; i += ${LANES}) {
      let own = magnitude_key(load_x(origin + i * p.n + j));
      if (own > key || place == 0x7fffffff) {
        key = own;
        place = i;
      }
    }
    keys[local] = key;
    places[local] = place;
    for (var span = ${LANES / 2}; span > 0; span >>= 1u) {
      workgroupBarrier();
      if (local < span) {
        let other = keys[local + span];
        let there = places[local + span];
        if (other > keys[local] || (other == keys[local] && there < places[local])) {
          keys[local] = other;
          places[local] = there;
        }
      }
    }
    workgroupBarrier();
    let pivot = places[0];
    if (pivot != j && local < p.columns) {
      let mine = origin + j * p.n + p.first + local;
      let there = origin + pivot * p.n + p.first + local;
      let value = load_x(mine);
      store_x(mine, load_x(there));
      store_x(there, value);
    }
    if (local == 0) {
      pivots[block * p.n + j] = pivot;
      if (pivot != j) {
        let row = rows[block * p.m + j];
        rows[block * p.m + j] = rows[block * p.m + pivot];
        rows[block * p.m + pivot] = row;
        sign[block] = -sign[block];
      }
    }
    storageBarrier();
    workgroupBarrier();
    let diagonal = load_x(origin + j * (p.n + 1));
    for (var i = j + 1 + local; i < p.m; i += ${LANES}) {
      let row = origin + i * p.n;
      var f = load_x(row + j);
      // A column of zeros leaves nothing to eliminate.
      if (!is_zero(diagonal)) { f = divide(f, diagonal); }
      store_x(row + j, f);
      for (var c = j + 1; c < p.first + p.columns; c++) {
        store_x(row + c, load_x(row + c) - mul(f, load_x(origin + j * p.n + c)));
      }
    }
    storageBarrier();
    workgroupBarrier();
  }`,
};

/** Every invocation exchanges the elements of one column beside the block as the rows of the block were. */
const EXCHANGE: LinalgShader = {
  name: "lu exchange",
  buffers: [
    { name: "x", type: "elements", writes: true },
    { name: "pivots", type: "i32", writes: false },
  ],
  params: ["count", "beside", "m", "n", "first", "columns"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  let s = at / p.beside;
  let number = at % p.beside;
  let column = s * p.m * p.n + select(number, number + p.columns, number >= p.first);
  for (var j = p.first; j < p.first + p.columns; j++) {
    let pivot = pivots[s * p.n + j];
    if (pivot != j) {
      let value = load_x(column + j * p.n);
      store_x(column + j * p.n, load_x(column + pivot * p.n));
      store_x(column + pivot * p.n, value);
    }
  }`,
};

/** The buffers of a factorization; `pivots` has n words per matrix. */
interface Factored {
  readonly packed: Matrices;
  readonly rows: Binding;
  readonly sign: Binding;
  readonly pivots: Binding;
}

/** Factors `batch` m x n matrices: right-looking over blocks of columns. */
function factor(complex: boolean, batch: number, m: number, n: number, a: Matrices, to: Factored): GpuDispatch[] {
  const { packed, rows, sign, pivots } = to;
  const x = packed.buffer;
  const count = batch * m * n;
  const dispatches = [
    dispatchOf(START, complex, [a.buffer, x, rows, sign], [a.offset, packed.offset], [count, m, n], flatGroups(count)),
  ];
  const steps = Math.min(m, n);
  for (let first = 0; first < steps; first += BLOCK) {
    const columns = Math.min(BLOCK, steps - first);
    const next = first + columns;
    dispatches.push(
      dispatchOf(COLUMNS, complex, [x, rows, sign, pivots], [packed.offset], [batch, m, n, first, columns], batch),
    );
    const beside = n - columns;
    if (beside > 0) {
      const params = [batch * beside, beside, m, n, first, columns];
      dispatches.push(dispatchOf(EXCHANGE, complex, [x, pivots], [packed.offset], params, flatGroups(batch * beside)));
    }
    if (next === n) continue;
    const unit = { lower: true, unitDiagonal: true };
    const right = { x: packed, row: first, column: next };
    const triangle = { t: packed, corner: first, own: true };
    dispatches.push(substituteBlock(complex, batch, columns, n - next, triangle, right, unit));
    if (next === m) continue;
    const parts = [block(packed, next, first), block(packed, first, next), block(packed, next, next)] as const;
    dispatches.push(update(complex, batch, [m - next, n - next, columns], parts));
  }
  return dispatches;
}

/** The GPU version of `luRoutine`. */
export function luGpu(complex: boolean): GpuRoutine {
  return ([x], [y]) => {
    const shape = shapeOf(x, complex);
    const [m, n] = shape.slice(-2);
    const batch = countOf(shape);
    const packed = operandMatrices(y, { output: 0 }, complex);
    const to = { packed, rows: { output: 1 }, sign: { output: 2 }, pivots: { temp: 0 } };
    return {
      temps: [batch * n],
      dispatches: factor(complex, batch, m, n, operandMatrices(x, { input: 0 }, complex), to),
    };
  };
}

/** The rows of b in the order of those of L U, and whether a zero is on the diagonal of U. */
const ORDER: LinalgShader = {
  name: "solve order",
  buffers: [
    { name: "b", type: "elements", writes: false },
    { name: "rows", type: "i32", writes: false },
    { name: "lu", type: "elements", writes: false },
    { name: "x", type: "elements", writes: true },
    { name: "bad", type: "u32", writes: true },
  ],
  params: ["count", "n", "k"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  let row = at / p.k;
  let s = row / p.n;
  store_x(at, load_b((s * p.n + rows[row]) * p.k + at % p.k));
  if (at % (p.n * p.k) == 0) {
    var zero = false;
    for (var i = 0; i < p.n; i++) { zero = zero || is_zero(load_lu(s * p.n * p.n + i * (p.n + 1))); }
    bad[s] = u32(zero);
  }`,
};

/** The GPU version of `solveRoutine`. */
export function solveGpu(complex: boolean): GpuRoutine {
  return ([a, b], [y]) => {
    const shape = shapeOf(y, complex);
    const [n, k] = shape.slice(-2);
    const batch = countOf(shape);
    if (k === 0) return { temps: [], dispatches: [] };
    const packed: Matrices = { buffer: { temp: 0 }, offset: 0, each: n * n, step: n };
    const [rows, sign, pivots, bad] = [{ temp: 1 }, { temp: 2 }, { temp: 3 }, { temp: 4 }];
    const right = operandMatrices(b, { input: 1 }, complex);
    const x = operandMatrices(y, { output: 0 }, complex);
    const count = batch * n * k;
    const matrix = operandMatrices(a, { input: 0 }, complex);
    return {
      temps: [batch * n * n * partsOf(complex), batch * n, batch, batch * n, batch],
      dispatches: [
        ...factor(complex, batch, n, n, matrix, { packed, rows, sign, pivots }),
        dispatchOf(
          ORDER,
          complex,
          [right.buffer, rows, packed.buffer, x.buffer, bad],
          [right.offset, packed.offset, x.offset],
          [count, n, k],
          flatGroups(count),
        ),
        ...substitute(complex, batch, [n, k], packed, x, { lower: true, unitDiagonal: true }),
        ...substitute(complex, batch, [n, k], packed, x, { lower: false, unitDiagonal: false }),
        spoil(complex, x, n * k, batch, bad),
      ],
    };
  };
}
