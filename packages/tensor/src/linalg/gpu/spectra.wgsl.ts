/** Singular value decompositions, pseudoinverses and eigenvalue problems on the GPU. */
import type { GpuDispatch, GpuRoutine } from "../../backend/backend.ts";
import { f32Bits } from "../../backend/webgpu/bits.ts";
import type { PinvAttr } from "../svdFactor.ts";
import { orthogonalize, placeValues, placeVectors, rankValues, scale, type Jacobi } from "./jacobi.wgsl.ts";
import { orthogonalColumns, reflectColumns, turn } from "./qr.wgsl.ts";
import { LANES, REDUCE } from "./reduce.wgsl.ts";
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
} from "./shader.wgsl.ts";

const LENGTHS: LinalgShader = {
  name: "lengths",
  buffers: [
    { name: "g", type: "elements", writes: false },
    { name: "value", type: "f32", writes: true },
  ],
  params: ["count", "m"],
  workgroup: LANES,
  before: REDUCE,
  body: `  if (block >= p.count) { return; }
  var squares = vec4<f32>();
  for (var i = local; i < p.m; i += ${LANES}) { squares.x += squared(load_g(block * p.m + i)); }
  let length = sqrt(total(local, squares).x);
  if (local == 0) { value[block] = length; }`,
};

/** Where a decomposition of `n` columns of `m` elements is kept. */
interface Singular {
  readonly jacobi: Jacobi;
  /** [n], f32: lengths of the columns, the singular values of the scaled matrix. */
  readonly value: Binding;
  readonly temps: readonly number[];
}

/** Room for a decomposition, and its steps up to the singular values. */
function decompose(
  complex: boolean,
  batch: number,
  [rows, columns]: readonly [number, number],
  input: { readonly buffer: Binding; readonly offset: number },
  vectors: boolean,
): Singular & { readonly dispatches: GpuDispatch[] } {
  const wide = rows < columns;
  const [m, n] = wide ? [columns, rows] : [rows, columns];
  const parts = partsOf(complex);
  const [g, power, bad, state, value, v] = [0, 1, 2, 3, 4, 5].map((temp) => ({ temp }));
  const jacobi: Jacobi = { complex, batch, m, n, g, v: vectors ? v : null, power, bad, state };
  return {
    jacobi,
    value,
    temps: [batch * n * m * parts, batch, batch, 2 * batch, batch * n, vectors ? batch * n * n * parts : 1],
    dispatches: [
      turn(complex, batch, [rows, columns], input, { buffer: g, offset: 0 }, wide),
      scale(jacobi, g, m * n),
      ...orthogonalize(jacobi),
      dispatchOf(LENGTHS, complex, [g, value], [0], [batch * n, m], batch * n),
    ],
  };
}

/**
 * The GPU version of `svdRoutine`, in single precision. The columns of A V, in the order of their lengths, are Q R with a diagonal R: so
 * the reflections of QR give left vectors that are orthogonal also where there are zeros, and as many as are wanted.
 */
export function svdGpu(complex: boolean): GpuRoutine {
  return ([x], outputs) => {
    const shape = shapeOf(x, complex);
    const [rows, columns] = shape.slice(-2);
    const batch = countOf(shape);
    const [s, u, v] = outputs;
    const vectors = outputs.length > 1;
    const given = operandMatrices(x, { input: 0 }, complex);
    const { jacobi, value, temps, dispatches } = decompose(complex, batch, [rows, columns], given, vectors);
    const { m, n, bad } = jacobi;
    const parts = partsOf(complex);
    const [rank, w, tau, q] = [6, 7, 8, 9].map((temp) => ({ temp }));
    const values = { buffer: { output: 0 }, offset: s.offset };
    const all = [
      ...dispatches,
      rankValues(jacobi, value, rank, "descending"),
      placeValues(jacobi, value, rank, values),
      spoil(false, values, n, batch, bad),
    ];
    if (!vectors) return { temps: [...temps, batch * n], dispatches: all };
    // Of a wide matrix the conjugate transpose was decomposed.
    const [long, short] = rows < columns ? [v, u] : [u, v];
    const longAt = operandMatrices(long, { output: rows < columns ? 2 : 1 }, complex);
    const shortAt = operandMatrices(short, { output: rows < columns ? 1 : 2 }, complex);
    const k = shapeOf(long, complex)[shape.length - 1];
    return {
      temps: [...temps, batch * n, batch * n * m * parts, batch * n * parts, batch * k * m * parts],
      dispatches: [
        ...all,
        placeVectors(jacobi, jacobi.g, m, rank, { buffer: w, offset: 0 }, "rows"),
        ...reflectColumns(complex, batch, m, n, { w, tau }),
        orthogonalColumns(complex, batch, [m, n, k], { w, tau }, q),
        turn(complex, batch, [k, m], { buffer: q, offset: 0 }, longAt),
        placeVectors(jacobi, jacobi.v as Binding, n, rank, shortAt, "columns"),
        spoil(complex, longAt, m * k, batch, bad),
        spoil(complex, shortAt, n * n, batch, bad),
      ],
    };
  };
}

/** With A V = G and s the lengths of the columns: the pseudoinverse is V diag(1 / s^2) G^H. */
const PSEUDO: LinalgShader = {
  name: "pseudoinverse",
  buffers: [
    { name: "g", type: "elements", writes: false },
    { name: "v", type: "elements", writes: false },
    { name: "value", type: "f32", writes: false },
    { name: "power", type: "f32", writes: false },
    { name: "y", type: "elements", writes: true },
  ],
  params: ["count", "m", "n", "wide", "tolerance"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  let j = at % p.m;
  let i = at / p.m % p.n;
  let s = at / p.m / p.n;
  var largest_value = 0.0f;
  for (var k = 0; k < p.n; k++) { largest_value = max(largest_value, value[s * p.n + k]); }
  let least = bitcast<f32>(p.tolerance) * largest_value;
  var sum = T();
  for (var k = 0; k < p.n; k++) {
    let length = value[s * p.n + k];
    if (length > least) {
      sum += mul(load_v((s * p.n + k) * p.n + i) / length, conjugate(load_g((s * p.n + k) * p.m + j)) / length);
    }
  }
  sum *= power[s];
  if (p.wide != 0) { store_y((s * p.m + j) * p.n + i, conjugate(sum)); } else { store_y(at, sum); }`,
};

/** The GPU version of `pinvRoutine`, in single precision. */
export function pinvGpu(complex: boolean): GpuRoutine {
  return ([x], [y], attr) => {
    const { tolerance } = attr as PinvAttr;
    const shape = shapeOf(x, complex);
    const [rows, columns] = shape.slice(-2);
    const batch = countOf(shape);
    const given = operandMatrices(x, { input: 0 }, complex);
    const { jacobi, value, temps, dispatches } = decompose(complex, batch, [rows, columns], given, true);
    const { m, n, g, v, power, bad } = jacobi;
    const result = operandMatrices(y, { output: 0 }, complex);
    const count = batch * m * n;
    const params = [count, m, n, Number(rows < columns), f32Bits(tolerance)];
    const bindings = [g, v as Binding, value, power, result.buffer];
    return {
      temps,
      dispatches: [
        ...dispatches,
        dispatchOf(PSEUDO, complex, bindings, [0, 0, result.offset], params, flatGroups(count)),
        spoil(complex, result, m * n, batch, bad),
      ],
    };
  };
}

const HERMITIAN: LinalgShader = {
  name: "hermitian",
  buffers: [
    { name: "a", type: "elements", writes: false },
    { name: "h", type: "elements", writes: true },
  ],
  params: ["count", "n"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  let j = at % p.n;
  let i = at / p.n % p.n;
  let first = at - i * p.n - j;
  store_h(at, 0.5f * load_a(at) + 0.5f * conjugate(load_a(first + j * p.n + i)));`,
};

/** The columns of H + c, c a bound of the magnitudes of H's eigenvalues: the smaller one of two norms. */
const SHIFT: LinalgShader = {
  name: "shift",
  buffers: [
    { name: "h", type: "elements", writes: false },
    { name: "g", type: "elements", writes: true },
  ],
  params: ["batch", "n"],
  workgroup: LANES,
  before: REDUCE,
  body: `  if (block >= p.batch) { return; }
  let first = block * p.n * p.n;
  var squares = vec4<f32>();
  var row_sum = 0.0f;
  for (var i = local; i < p.n; i += ${LANES}) {
    var row = 0.0f;
    for (var j = 0; j < p.n; j++) {
      let square = squared(load_h(first + i * p.n + j));
      squares.x += square;
      row += sqrt(square);
    }
    row_sum = max(row_sum, row);
  }
  let norm = sqrt(total(local, squares).x);
  let bound = min(norm, bitcast<f32>(most(local, bitcast<u32>(row_sum))));
  for (var at = local; at < p.n * p.n; at += ${LANES}) {
    let i = at % p.n;
    let j = at / p.n;
    store_g(first + at, load_h(first + i * p.n + j) + of_real(select(0.0f, bound, i == j)));
  }`,
};

/** A workgroup finds one eigenvalue, v^H H v / v^H v, which does not suffer from the shift. */
const QUOTIENT: LinalgShader = {
  name: "quotient",
  buffers: [
    { name: "h", type: "elements", writes: false },
    { name: "v", type: "elements", writes: false },
    { name: "value", type: "f32", writes: true },
  ],
  params: ["count", "n"],
  workgroup: LANES,
  before: REDUCE,
  body: `  if (block >= p.count) { return; }
  let first = block / p.n * p.n * p.n;
  var sums_of = vec4<f32>();
  for (var i = local; i < p.n; i += ${LANES}) {
    var image = T();
    for (var j = 0; j < p.n; j++) { image += mul(load_h(first + i * p.n + j), load_v(block * p.n + j)); }
    let own = load_v(block * p.n + i);
    sums_of.x += real_of(mul(conjugate(own), image));
    sums_of.y += squared(own);
  }
  let found = total(local, sums_of);
  if (local == 0) { value[block] = found.x / found.y; }`,
};

/** The GPU version of `eighRoutine`, in single precision: the singular vectors of a positive semidefinite matrix are its eigenvectors. */
export function eighGpu(complex: boolean): GpuRoutine {
  return ([x], outputs) => {
    const shape = shapeOf(x, complex);
    const n = shape[shape.length - 1];
    const batch = countOf(shape);
    const parts = partsOf(complex);
    const [h, g, v, power, bad, state, value, rank] = [0, 1, 2, 3, 4, 5, 6, 7].map((temp) => ({ temp }));
    const jacobi: Jacobi = { complex, batch, m: n, n, g, v, power, bad, state };
    const given = operandMatrices(x, { input: 0 }, complex);
    const count = batch * n * n;
    const values = { buffer: { output: 0 }, offset: outputs[0].offset };
    const vectors = outputs.length > 1 ? operandMatrices(outputs[1], { output: 1 }, complex) : null;
    return {
      temps: [count * parts, count * parts, count * parts, batch, batch, 2 * batch, batch * n, batch * n],
      dispatches: [
        dispatchOf(HERMITIAN, complex, [given.buffer, h], [given.offset, 0], [count, n], flatGroups(count)),
        scale(jacobi, h, n * n),
        dispatchOf(SHIFT, complex, [h, g], [0, 0], [batch, n], batch),
        ...orthogonalize(jacobi),
        dispatchOf(QUOTIENT, complex, [h, v, value], [0, 0], [batch * n, n], batch * n),
        rankValues(jacobi, value, rank, "ascending"),
        placeValues(jacobi, value, rank, values),
        spoil(false, values, n, batch, bad),
        ...(vectors === null
          ? []
          : [placeVectors(jacobi, v, n, rank, vectors, "columns"), spoil(complex, vectors, n * n, batch, bad)]),
      ],
    };
  };
}
