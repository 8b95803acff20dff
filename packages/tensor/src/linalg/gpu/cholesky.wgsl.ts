/** The Cholesky factorization on the GPU, by blocks of columns. */
import type { GpuDispatch, GpuRoutine } from "../../backend/backend.ts";
import {
  countOf,
  dispatchOf,
  FLAT,
  FLAT_HEAD,
  flatGroups,
  operandMatrices,
  shapeOf,
  spoil,
  type LinalgShader,
} from "./shader.wgsl.ts";
import { block, flipped, update } from "./update.wgsl.ts";

/** Columns that are factored before the others hear of them. */
const BLOCK = 32;

/** The lower triangle of the Hermitian part, zeros above; nothing is known to be wrong. */
const LOWER: LinalgShader = {
  name: "lower",
  buffers: [
    { name: "a", type: "elements", writes: false },
    { name: "l", type: "elements", writes: true },
    { name: "bad", type: "u32", writes: true },
  ],
  params: ["count", "n"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  let j = at % p.n;
  let i = at / p.n % p.n;
  let s = at / p.n / p.n;
  let first = s * p.n * p.n;
  if (i == 0 && j == 0) { bad[s] = 0u; }
  var value = T();
  if (j <= i) { value = 0.5f * load_a(first + i * p.n + j) + 0.5f * conjugate(load_a(first + j * p.n + i)); }
  store_l(first + i * p.n + j, value);`,
};

/** A workgroup factors the block on the diagonal of one matrix. */
const DIAGONAL: LinalgShader = {
  name: "cholesky",
  buffers: [
    { name: "l", type: "elements", writes: true },
    { name: "bad", type: "u32", writes: true },
  ],
  params: ["batch", "n", "first", "columns"],
  workgroup: 256,
  before: `var<workgroup> tile: array<T, ${BLOCK * BLOCK}>;`,
  body: `  if (block >= p.batch) { return; }
  let origin = block * p.n * p.n + p.first * (p.n + 1);
  for (var at = local; at < p.columns * p.columns; at += 256) {
    let i = at / p.columns;
    let j = at % p.columns;
    tile[i * ${BLOCK} + j] = load_l(origin + i * p.n + j);
  }
  for (var k = 0; k < p.columns; k++) {
    workgroupBarrier();
    let square = real_of(tile[k * ${BLOCK + 1}]);
    let bits = bitcast<u32>(square);
    // Positive and finite.
    if ((bits == 0u || bits >= 0x7f800000u) && local == 0) { bad[block] = 1u; }
    let root = sqrt(square);
    workgroupBarrier();
    if (local == k) { tile[k * ${BLOCK + 1}] = of_real(root); }
    if (local > k && local < p.columns) { tile[local * ${BLOCK} + k] = tile[local * ${BLOCK} + k] / root; }
    workgroupBarrier();
    let rest = p.columns - k - 1;
    for (var at = local; at < rest * rest; at += 256) {
      let i = k + 1 + at / rest;
      let j = k + 1 + at % rest;
      if (j <= i) {
        tile[i * ${BLOCK} + j] -= mul(tile[i * ${BLOCK} + k], conjugate(tile[j * ${BLOCK} + k]));
      }
    }
  }
  workgroupBarrier();
  for (var at = local; at < p.columns * p.columns; at += 256) {
    let i = at / p.columns;
    let j = at % p.columns;
    if (j <= i) { store_l(origin + i * p.n + j, tile[i * ${BLOCK} + j]); }
  }`,
};

/** Every invocation makes a row of the columns below the block: that of A L^-H. */
const BELOW: LinalgShader = {
  name: "cholesky below",
  buffers: [{ name: "l", type: "elements", writes: true }],
  params: ["count", "rows", "n", "first"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  let origin = at / p.rows * p.n * p.n + p.first * (p.n + 1);
  let row = origin + (${BLOCK} + at % p.rows) * p.n;
  var known: array<T, ${BLOCK}>;
  for (var j = 0; j < ${BLOCK}; j++) {
    var value = load_l(row + j);
    for (var k = 0; k < j; k++) { value -= mul(known[k], conjugate(load_l(origin + j * p.n + k))); }
    known[j] = value / real_of(load_l(origin + j * (p.n + 1)));
    store_l(row + j, known[j]);
  }`,
};

/** The GPU version of `choleskyRoutine`, right-looking. */
export function choleskyGpu(complex: boolean): GpuRoutine {
  return ([x], [y]) => {
    const shape = shapeOf(y, complex);
    const n = shape[shape.length - 1];
    const batch = countOf(shape);
    const [a, l] = [operandMatrices(x, { input: 0 }, complex), operandMatrices(y, { output: 0 }, complex)];
    const bad = { temp: 0 };
    const count = batch * n * n;
    const dispatches: GpuDispatch[] = [
      dispatchOf(LOWER, complex, [a.buffer, l.buffer, bad], [a.offset, l.offset], [count, n], flatGroups(count)),
    ];
    for (let first = 0; first < n; first += BLOCK) {
      const columns = Math.min(BLOCK, n - first);
      const rows = n - first - columns;
      dispatches.push(dispatchOf(DIAGONAL, complex, [l.buffer, bad], [l.offset], [batch, n, first, columns], batch));
      if (rows === 0) continue;
      const next = first + columns;
      const left = block(l, next, first);
      dispatches.push(
        dispatchOf(BELOW, complex, [l.buffer], [l.offset], [batch * rows, rows, n, first], flatGroups(batch * rows)),
        update(complex, batch, [rows, rows, columns], [left, flipped(left), block(l, next, next)], {
          conjugate: true,
          lower: true,
        }),
      );
    }
    return { temps: [batch], dispatches: [...dispatches, spoil(complex, l, n * n, batch, bad)] };
  };
}
