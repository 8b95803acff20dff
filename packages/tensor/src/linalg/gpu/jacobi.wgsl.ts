/**
 * Orthogonal columns by rotations of pairs of them, on the GPU: the one-sided Jacobi method, which singular value and eigenvalue
 * problems come down to.
 *
 * Hestenes, "Inversion of matrices by biorthogonalization and related results", J. SIAM 6 (1958); pairs without a common column,
 * in the order of a round-robin tournament, are rotated at once (Brent and Luk, SIAM J. Sci. Stat. Comput. 6, 1985).
 */
import type { GpuDispatch } from "../../backend/backend.ts";
import { f32Bits } from "../../backend/webgpu/bits.ts";
import { LANES, POWER, REDUCE } from "./reduce.wgsl.ts";
import { dispatchOf, FLAT, FLAT_HEAD, flatGroups, type Binding, type LinalgShader } from "./shader.wgsl.ts";

/** What all steps of a decomposition of n columns of m elements share; vectors lie in rows. */
export interface Jacobi {
  readonly complex: boolean;
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  /** [n, m]: the columns. */
  readonly g: Binding;
  /** [n, n]: the product of the rotations; its rows are the columns of V with A V = G. Null when it is not wanted. */
  readonly v: Binding | null;
  /** One f32 per matrix: what it was multiplied with. */
  readonly power: Binding;
  /** One u32 per matrix, not zero when its elements are not finite, or after too many sweeps. */
  readonly bad: Binding;
  /** Two u32 per matrix: whether a sweep rotated anything; whether one did not. */
  readonly state: Binding;
}

/** Rounds of rotations of all pairs; those after the last that rotates anything do nothing. Half as many are usual. */
const sweepsFor = (n: number): number => 7 + Math.ceil(Math.log2(n));

const STATE = { name: "state", type: "atomic<u32>", writes: true } as const;
const BAD = { name: "bad", type: "u32", writes: true } as const;

/** A workgroup multiplies one matrix with the power of two that makes its largest element about 1. */
const SCALE: LinalgShader = {
  name: "jacobi scale",
  buffers: [{ name: "g", type: "elements", writes: true }, { name: "power", type: "f32", writes: true }, BAD, STATE],
  params: ["batch", "each"],
  workgroup: LANES,
  before: REDUCE + POWER,
  body: `  if (block >= p.batch) { return; }
  let first = block * p.each;
  var key = 0u;
  for (var i = local; i < p.each; i += ${LANES}) { key = max(key, key_of(load_g(first + i))); }
  let largest_key = most(local, key);
  let factor = power_of(largest_key);
  for (var i = local; i < p.each; i += ${LANES}) { store_g(first + i, load_g(first + i) * factor); }
  if (local == 0) {
    power[block] = factor;
    bad[block] = u32(largest_key >= 0x7f800000u);
    atomicStore(&state[2 * block], 0u);
    atomicStore(&state[2 * block + 1], 0u);
  }`,
};

/** Scales matrices of `each` elements in a buffer, which also starts all that is known of them. */
export function scale(jacobi: Jacobi, x: Binding, each: number): GpuDispatch {
  const { complex, batch, power, bad, state } = jacobi;
  return dispatchOf(SCALE, complex, [x, power, bad, state], [0], [batch, each], batch);
}

const IDENTITY: LinalgShader = {
  name: "identity",
  buffers: [{ name: "v", type: "elements", writes: true }],
  params: ["count", "n"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  store_v(at, of_real(select(0.0f, 1.0f, at / p.n % p.n == at % p.n)));`,
};

/** Columns whose squared length, where the largest element is about 1, is below this are zeros for all that single precision knows. */
const NOTHING = 2 ** -100;

/** A workgroup makes two columns of one matrix orthogonal. */
function rotateShader(complex: boolean, vectors: boolean): LinalgShader {
  const product = complex
    ? "let c = mul(conjugate(x), y); sums_of += vec4<f32>(squared(x), squared(y), c);"
    : "sums_of += vec4<f32>(x * x, y * y, x * y, 0.0f);";
  const rotate = (name: string, length: string, first: string, second: string): string => `
  for (var i = local; i < ${length}; i += ${LANES}) {
    let x = load_${name}(${first} + i);
    let y = mul(load_${name}(${second} + i), phase);
    store_${name}(${first} + i, cosine * x - sine * y);
    store_${name}(${second} + i, sine * x + cosine * y);
  }`;
  return {
    name: `jacobi rotate${vectors ? "" : " values"}`,
    buffers: [
      { name: "g", type: "elements", writes: true },
      ...(vectors ? [{ name: "v", type: "elements", writes: true } as const] : []),
      STATE,
    ],
    params: ["batch", "m", "n", "players", "step", "tolerance", "nothing"],
    workgroup: LANES,
    before: `${REDUCE}var<workgroup> finished: u32;\n`,
    body: `  let pairs = p.players / 2;
  if (block >= p.batch * pairs) { return; }
  let s = block / pairs;
  let pair = block % pairs;
  let others = p.players - 1;
  let one = select(0, 1 + (pair - 1 + p.step) % others, pair > 0);
  let two = 1 + (others - 1 - pair + p.step) % others;
  if (max(one, two) >= p.n) { return; }
  if (local == 0) { finished = atomicLoad(&state[2 * s + 1]); }
  if (workgroupUniformLoad(&finished) != 0u) { return; }
  let first = (s * p.n + min(one, two)) * p.m;
  let second = (s * p.n + max(one, two)) * p.m;
  var sums_of = vec4<f32>();
  for (var i = local; i < p.m; i += ${LANES}) {
    let x = load_g(first + i);
    let y = load_g(second + i);
    ${product}
  }
  let dots = total(local, sums_of);
  // Squares of inner products of short columns would vanish.
  let longest = max(abs(dots.z), abs(dots.w));
  let share = dots.zw / longest;
  let size = select(0.0f, longest * sqrt(share.x * share.x + share.y * share.y), longest > 0.0f);
  let large = min(dots.x, dots.y) > bitcast<f32>(p.nothing);
  if (!large || !(size > bitcast<f32>(p.tolerance) * (sqrt(dots.x) * sqrt(dots.y)))) { return; }
  let zeta = (dots.y - dots.x) / (2.0f * size);
  // The tangent of the smaller angle. Squares of what is left out would overflow.
  var tangent = 0.5f / zeta;
  if (abs(zeta) < 1e9f) {
    tangent = 1.0f / (abs(zeta) + sqrt(1.0f + zeta * zeta));
    if (zeta < 0.0f) { tangent = -tangent; }
  }
  let cosine = 1.0f / sqrt(1.0f + tangent * tangent);
  let sine = cosine * tangent;
  let phase = ${complex ? "T(dots.z, -dots.w) / size" : "dots.z / size"};
  if (local == 0) { atomicStore(&state[2 * s], 1u); }${rotate("g", "p.m", "first", "second")}${
    vectors
      ? `
  let v1 = (s * p.n + min(one, two)) * p.n;
  let v2 = (s * p.n + max(one, two)) * p.n;${rotate("v", "p.n", "v1", "v2")}`
      : ""
  }`,
  };
}

/** After a sweep: whether it is finished, or, after the last, has to be given up. */
const CHECK: LinalgShader = {
  name: "jacobi check",
  buffers: [STATE, BAD],
  params: ["count", "last"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  if (atomicLoad(&state[2 * at]) == 0u) { atomicStore(&state[2 * at + 1], 1u); }
  atomicStore(&state[2 * at], 0u);
  if (p.last != 0 && atomicLoad(&state[2 * at + 1]) == 0u) { bad[at] = 1u; }`,
};

/** Makes the columns orthogonal. They are scaled before. */
export function orthogonalize({ complex, batch, m, n, g, v, bad, state }: Jacobi): GpuDispatch[] {
  const dispatches: GpuDispatch[] = [];
  if (v !== null) {
    const count = batch * n * n;
    dispatches.push(dispatchOf(IDENTITY, complex, [v], [0], [count, n], flatGroups(count)));
  }
  const players = n + (n % 2);
  const shader = rotateShader(complex, v !== null);
  const bindings = [g, ...(v === null ? [] : [v]), state];
  const offsets = v === null ? [0] : [0, 0];
  // The error of an inner product of m terms.
  const tolerance = f32Bits(Math.max(2, Math.sqrt(m)) * 2 ** -23);
  const sweeps = sweepsFor(n);
  for (let sweep = 1; sweep <= sweeps; sweep++) {
    for (let step = 0; step < players - 1 && n > 1; step++) {
      const params = [batch, m, n, players, step, tolerance, f32Bits(NOTHING)];
      dispatches.push(dispatchOf(shader, complex, bindings, offsets, params, (batch * players) / 2));
    }
    const last = Number(sweep === sweeps);
    dispatches.push(dispatchOf(CHECK, complex, [state, bad], [], [batch, last], flatGroups(batch)));
  }
  return dispatches;
}

const RANK: LinalgShader = {
  name: "rank",
  buffers: [
    { name: "value", type: "f32", writes: false },
    { name: "rank", type: "i32", writes: true },
  ],
  params: ["count", "n", "descending"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  let first = at / p.n * p.n;
  let mine = value[at];
  var before = 0;
  for (var i = first; i < first + p.n; i++) {
    let other = value[i];
    let smaller = select((other < mine), (other > mine), p.descending != 0);
    before += i32(smaller || (other == mine && i < at));
  }
  rank[at] = before;`,
};

/** The place of each of n values per matrix in their order. */
export function rankValues(
  { batch, n }: Jacobi,
  value: Binding,
  rank: Binding,
  order: "ascending" | "descending",
): GpuDispatch {
  const count = batch * n;
  const params = [count, n, Number(order === "descending")];
  return dispatchOf(RANK, false, [value, rank], [], params, flatGroups(count));
}

const PLACE_VALUES: LinalgShader = {
  name: "place values",
  buffers: [
    { name: "value", type: "f32", writes: false },
    { name: "rank", type: "i32", writes: false },
    { name: "power", type: "f32", writes: false },
    { name: "out", type: "elements", writes: true },
  ],
  params: ["count", "n"],
  workgroup: FLAT,
  before: POWER,
  body: `${FLAT_HEAD}
  let s = at / p.n;
  store_out(s * p.n + rank[at], value[at] * inverse_of(power[s]));`,
};

/** Values in their order, as those of the matrices that were given. */
export function placeValues(
  { batch, n, power }: Jacobi,
  value: Binding,
  rank: Binding,
  to: { readonly buffer: Binding; readonly offset: number },
): GpuDispatch {
  const count = batch * n;
  return dispatchOf(PLACE_VALUES, false, [value, rank, power, to.buffer], [to.offset], [count, n], flatGroups(count));
}

const PLACE: LinalgShader = {
  name: "place",
  buffers: [
    { name: "x", type: "elements", writes: false },
    { name: "rank", type: "i32", writes: false },
    { name: "out", type: "elements", writes: true },
  ],
  params: ["count", "length", "n", "down", "across"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  let i = at % p.length;
  let j = at / p.length;
  store_out(j / p.n * p.n * p.length + rank[j] * p.across + i * p.down, load_x(at));`,
};

/** Rows of `length` elements in the order of the values, as rows or as columns. */
export function placeVectors(
  { complex, batch, n }: Jacobi,
  x: Binding,
  length: number,
  rank: Binding,
  to: { readonly buffer: Binding; readonly offset: number },
  as: "rows" | "columns",
): GpuDispatch {
  const count = batch * n * length;
  const strides = as === "rows" ? [1, length] : [n, 1];
  const params = [count, length, n, ...strides];
  return dispatchOf(PLACE, complex, [x, rank, to.buffer], [0, to.offset], params, flatGroups(count));
}
