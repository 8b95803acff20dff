/** The QR factorization on the GPU: Householder reflections of columns, which lie side by side as rows of length m. */
import type { GpuDispatch, GpuRoutine } from "../../backend/backend.ts";
import { elementSum, LANES, POWER, REDUCE } from "./reduce.wgsl.ts";
import {
  countOf,
  dispatchOf,
  FLAT,
  FLAT_HEAD,
  flatGroups,
  operandMatrices,
  partsOf,
  shapeOf,
  type Binding,
  type LinalgShader,
  type Matrices,
} from "./shader.wgsl.ts";

/** Columns that one workgroup makes reflections of before the others hear of them. */
const BLOCK = 16;

const TURN: LinalgShader = {
  name: "turn",
  buffers: [
    { name: "x", type: "elements", writes: false },
    { name: "y", type: "elements", writes: true },
  ],
  params: ["count", "length", "rows", "down", "across", "sign"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  let i = at % p.length;
  let j = at / p.length % p.rows;
  let value = load_x(at / p.length / p.rows * p.length * p.rows + i * p.down + j * p.across);
  if (p.sign < 0) { store_y(at, conjugate(value)); } else { store_y(at, value); }`,
};

/** The columns of contiguous m x n matrices as rows of m elements; or, `adjoint`, those of their conjugate transposes as rows of n. */
export function turn(
  complex: boolean,
  batch: number,
  [m, n]: readonly [number, number],
  x: Pick<Matrices, "buffer" | "offset">,
  y: Pick<Matrices, "buffer" | "offset">,
  adjoint = false,
): GpuDispatch {
  const count = batch * m * n;
  const params = adjoint ? [count, n, m, 1, n, -1] : [count, m, n, n, 1, 1];
  return dispatchOf(TURN, complex, [x.buffer, y.buffer], [x.offset, y.offset], params, flatGroups(count));
}

/**
 * `reflect_by(local, y, v, start, m, tau)`: y -= tau v (v^H y) for the elements from number `start` on, where v has a 1. Every invocation
 * touches its own elements only: those whose numbers are its own modulo the size of the workgroup.
 */
function reflection(load: string, store: string, vector: string): string {
  return `fn first_of(local: i32, start: i32) -> i32 {
  let i = start / ${LANES} * ${LANES} + local;
  return select(i, i + ${LANES}, i < start);
}
fn reflect_by(local: i32, y: i32, v: i32, start: i32, m: i32, tau: T) {
  var dot = T();
  for (var i = first_of(local, start); i < m; i += ${LANES}) {
    var w = of_real(1.0f);
    if (i > start) { w = conjugate(${vector}(v + i)); }
    dot += mul(w, ${load}(y + i));
  }
  let f = mul(tau, gather(total(local, spread(dot))));
  for (var i = first_of(local, start); i < m; i += ${LANES}) {
    var w = of_real(1.0f);
    if (i > start) { w = ${vector}(v + i); }
    ${store}(y + i, ${load}(y + i) - mul(f, w));
  }
}
`;
}

const W = { name: "w", type: "elements", writes: true } as const;
const TAU = { name: "tau", type: "elements", writes: true } as const;

/**
 * A workgroup makes the reflections of a block of columns of one matrix. As LAPACK's geqrf: the vector takes the place of the column from
 * below the diagonal on, the diagonal keeps beta. Scaled so that squares neither overflow nor vanish.
 */
function columnsShader(complex: boolean): LinalgShader {
  return {
    name: "qr columns",
    buffers: [W, TAU],
    params: ["batch", "m", "n", "steps", "first", "columns"],
    workgroup: LANES,
    before: REDUCE + POWER + elementSum(complex) + reflection("load_w", "store_w", "load_w"),
    body: `  if (block >= p.batch) { return; }
  let origin = block * p.m * p.n;
  for (var j = p.first; j < p.first + p.columns; j++) {
    let x = origin + j * p.m;
    var key = 0u;
    for (var i = first_of(local, j); i < p.m; i += ${LANES}) { key = max(key, key_of(load_w(x + i))); }
    let power = power_of(most(local, key));
    var squares = vec4<f32>();
    for (var i = first_of(local, j + 1); i < p.m; i += ${LANES}) { squares.x += squared(load_w(x + i) * power); }
    let tail = total(local, squares).x;
    let alpha = load_w(x + j) * power;
    // All have read it.
    workgroupBarrier();
    let rotated = alpha - of_real(real_of(alpha));
    var beta = real_of(alpha);
    var t = T();
    var scale = of_real(1.0f);
    if (tail != 0.0f || !is_zero(rotated)) {
      beta = sqrt(squared(alpha) + tail);
      if (real_of(alpha) > 0.0f) { beta = -beta; }
      t = (of_real(beta) - alpha) / beta;
      scale = divide(of_real(1.0f), alpha - of_real(beta)) * power;
    }
    for (var i = first_of(local, j + 1); i < p.m; i += ${LANES}) { store_w(x + i, mul(load_w(x + i), scale)); }
    if (local == 0) {
      store_w(x + j, of_real(beta * inverse_of(power)));
      store_tau(block * p.steps + j, t);
    }
    storageBarrier();
    workgroupBarrier();
    for (var c = j + 1; c < p.first + p.columns; c++) {
      reflect_by(local, origin + c * p.m, x, j, p.m, conjugate(t));
    }
    storageBarrier();
    workgroupBarrier();
  }`,
  };
}

/** A workgroup applies the reflections of a block to one of the columns behind it. */
function behindShader(complex: boolean): LinalgShader {
  return {
    name: "qr behind",
    buffers: [W, { ...TAU, writes: false }],
    params: ["batch", "m", "n", "steps", "first", "columns", "behind"],
    workgroup: LANES,
    before: REDUCE + elementSum(complex) + reflection("load_w", "store_w", "load_w"),
    body: `  if (block >= p.batch * p.behind) { return; }
  let s = block / p.behind;
  let origin = s * p.m * p.n;
  let c = p.first + p.columns + block % p.behind;
  for (var j = p.first; j < p.first + p.columns; j++) {
    reflect_by(local, origin + c * p.m, origin + j * p.m, j, p.m, conjugate(load_tau(s * p.steps + j)));
  }`,
  };
}

/** A workgroup makes one column of Q: all reflections applied to that of the identity, with the sign that makes R's diagonal positive. */
function orthogonalShader(complex: boolean): LinalgShader {
  return {
    name: "qr orthogonal",
    buffers: [
      { ...W, writes: false },
      { ...TAU, writes: false },
      { name: "q", type: "elements", writes: true },
    ],
    params: ["batch", "m", "n", "steps", "k"],
    workgroup: LANES,
    before: `${REDUCE}${elementSum(complex)}${reflection("load_q", "store_q", "load_w")}`,
    body: `  if (block >= p.batch * p.k) { return; }
  let s = block / p.k;
  let c = block % p.k;
  let origin = s * p.m * p.n;
  let y = s * p.k * p.m + c * p.m;
  var one = 1.0f;
  if (c < p.steps) { if (real_of(load_w(origin + c * (p.m + 1))) < 0.0f) { one = -1.0f; } }
  for (var i = local; i < p.m; i += ${LANES}) { store_q(y + i, of_real(select(0.0f, one, i == c))); }
  // Later reflections leave zeros alone.
  for (var j = min(c, p.steps - 1); j >= 0; j--) {
    reflect_by(local, y, origin + j * p.m, j, p.m, load_tau(s * p.steps + j));
  }`,
  };
}

const UPPER: LinalgShader = {
  name: "qr upper",
  buffers: [
    { ...W, writes: false },
    { name: "r", type: "elements", writes: true },
  ],
  params: ["count", "m", "n", "k"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  let j = at % p.n;
  let i = at / p.n % p.k;
  let w = at / p.n / p.k * p.m * p.n;
  var value = T();
  if (i <= j) {
    value = load_w(w + j * p.m + i);
    if (real_of(load_w(w + i * (p.m + 1))) < 0.0f) { value = -value; }
  }
  store_r(at, value);`,
};

/** Reflections of the n columns of `batch` matrices, and their factors. */
export interface Reflected {
  /** Rows of m elements, see {@link reflectColumns}. */
  readonly w: Binding;
  readonly tau: Binding;
}

/** Replaces the columns of matrices, rows of m elements each, by reflections and R. */
export function reflectColumns(
  complex: boolean,
  batch: number,
  m: number,
  n: number,
  { w, tau }: Reflected,
): GpuDispatch[] {
  const steps = Math.min(m, n);
  const dispatches: GpuDispatch[] = [];
  for (let first = 0; first < steps; first += BLOCK) {
    const columns = Math.min(BLOCK, steps - first);
    const params = [batch, m, n, steps, first, columns];
    dispatches.push(dispatchOf(columnsShader(complex), complex, [w, tau], [0, 0], params, batch));
    const behind = n - first - columns;
    if (behind === 0) continue;
    dispatches.push(dispatchOf(behindShader(complex), complex, [w, tau], [0, 0], [...params, behind], batch * behind));
  }
  return dispatches;
}

/** The first k columns of Q, as rows of m elements in `q`. */
export function orthogonalColumns(
  complex: boolean,
  batch: number,
  [m, n, k]: readonly [number, number, number],
  { w, tau }: Reflected,
  q: Binding,
): GpuDispatch {
  const params = [batch, m, n, Math.min(m, n), k];
  return dispatchOf(orthogonalShader(complex), complex, [w, tau, q], [0, 0, 0], params, batch * k);
}

/** The GPU version of `qrRoutine`. */
export function qrGpu(complex: boolean): GpuRoutine {
  return ([x], [q, r]) => {
    const shape = shapeOf(x, complex);
    const [m, n] = shape.slice(-2);
    const k = shapeOf(q, complex)[shape.length - 1];
    const batch = countOf(shape);
    const reflected = { w: { temp: 0 }, tau: { temp: 1 } };
    const parts = partsOf(complex);
    const [given, left] = [operandMatrices(x, { input: 0 }, complex), operandMatrices(q, { output: 0 }, complex)];
    const count = batch * k * n;
    return {
      temps: [batch * m * n * parts, batch * Math.min(m, n) * parts, batch * k * m * parts],
      dispatches: [
        turn(complex, batch, [m, n], given, { buffer: reflected.w, offset: 0 }),
        ...reflectColumns(complex, batch, m, n, reflected),
        orthogonalColumns(complex, batch, [m, n, k], reflected, { temp: 2 }),
        turn(complex, batch, [k, m], { buffer: { temp: 2 }, offset: 0 }, left),
        dispatchOf(UPPER, complex, [reflected.w, { output: 1 }], [0, r.offset], [count, m, n, k], flatGroups(count)),
      ],
    };
  };
}
