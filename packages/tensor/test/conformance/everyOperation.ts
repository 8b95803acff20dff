/** One case for every operation that the package exports, apart from the table of elementwise ones. */
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { einsum } from "@ansatz/tensor/einsum";
import * as F from "@ansatz/tensor/fft";
import * as I from "@ansatz/tensor/indexing";
import * as Q from "@ansatz/tensor/integer";
import * as L from "@ansatz/tensor/linalg";
import * as O from "@ansatz/tensor/linear";
import * as N from "@ansatz/tensor/nn";
import * as R from "@ansatz/tensor/random";
import * as S from "@ansatz/tensor/sort";
import * as X from "@ansatz/tensor/transform";
import { seeded } from "../support/random.ts";

/** What an argument holds: floats in [low, high], integers of that range, or booleans. */
export interface Argument {
  readonly shape: readonly number[];
  readonly type: "float" | "i32" | "u32" | "bool" | "c64";
  readonly low: number;
  readonly high: number;
}

/** An operation on arguments. */
export interface OperationCase {
  readonly args: readonly Argument[];
  readonly run: (...args: Tensor[]) => Tensor | readonly Tensor[];
  /** Linear in its first argument, or differentiable in all float arguments; the first result counts. */
  readonly is?: "linear" | "smooth";
}

const f = (...shape: number[]): Argument => ({ shape, type: "float", low: -1, high: 1 });
const above = (low: number, ...shape: number[]): Argument => ({ shape, type: "float", low, high: low + 1 });
const i = (high: number, ...shape: number[]): Argument => ({ shape, type: "i32", low: 0, high });
const u = (...shape: number[]): Argument => ({ shape, type: "u32", low: 0, high: 4294967295 });
const b = (...shape: number[]): Argument => ({ shape, type: "bool", low: 0, high: 1 });
const c = (...shape: number[]): Argument => ({ shape, type: "c64", low: -1, high: 1 });

const plain = (args: readonly Argument[], run: OperationCase["run"]): OperationCase => ({ args, run });
const linear = (args: readonly Argument[], run: OperationCase["run"]): OperationCase => ({ args, run, is: "linear" });
const smooth = (args: readonly Argument[], run: OperationCase["run"]): OperationCase => ({ args, run, is: "smooth" });
const made = (make: (device: string) => Tensor): OperationCase => plain([f(1)], (x) => make(x.device));

/** Symmetric and positive definite. */
const definite = (x: Tensor): Tensor =>
  T.add(
    T.matmul(x, T.transpose(x)),
    T.mul(2, T.eye(x.shape[0], x.shape[0], { dtype: x.dtype as "f32", device: x.device })),
  );
const heavy = (x: Tensor): Tensor =>
  T.add(x, T.mul(4, T.eye(x.shape[0], x.shape[0], { dtype: x.dtype as "f32", device: x.device })));
const square = (x: Tensor): Tensor => T.sum(T.mul(T.sin(x), x));
const k = R.key(7);

const ROOT: Record<string, OperationCase> = {
  all: plain([b(3, 5)], (x) => T.all(x, { axis: 1 })),
  angle: plain([c(6)], T.angle),
  any: plain([b(3, 5)], (x) => T.any(x, { axis: 0 })),
  arange: made((device) => T.arange(2, 17, 3, { device })),
  argmax: plain([f(4, 9)], (x) => T.argmax(x, { axis: 1 })),
  argmin: plain([f(4, 9)], (x) => T.argmin(x, { axis: 0 })),
  asComplex: plain([f(3, 2)], T.asComplex),
  asReal: plain([c(5)], T.asReal),
  astype: linear([f(7)], (x) => T.astype(x, x.dtype === "f64" ? "f64" : "i32")),
  bitcast: plain([u(9)], (x) => T.bitcast(x, "i32")),
  broadcastTo: linear([f(3, 1)], (x) => T.broadcastTo(x, [2, 3, 4])),
  clip: smooth([f(9)], (x) => T.clip(x, -0.43, 0.61)),
  compile: plain([f(6)], (x) => T.compile((y: Tensor) => T.mul(T.exp(y), 2))(x)),
  complex: plain([f(4), f(4)], T.complex),
  concat: linear([f(2, 3), f(4, 3)], (x, y) => T.concat([x, T.mul(y, 0)])),
  conj: plain([c(5)], T.conj),
  dot: linear([f(9), f(9)], T.dot),
  eye: made((device) => T.eye(3, 5, { device })),
  flatten: linear([f(2, 3)], T.flatten),
  flip: linear([f(3, 4)], (x) => T.flip(x, 1)),
  full: made((device) => T.full([2, 3], 0.25, { device })),
  fullLike: plain([f(3)], (x) => T.fullLike(x, 7)),
  gelu: smooth([f(8)], T.gelu),
  grad: plain([f(8)], T.grad(square)),
  imag: plain([c(5)], T.imag),
  iota: made((device) => T.iota([2, 4], { device })),
  jvp: plain([f(5), f(5)], (x, t) => T.jvp(square, [x], [t]).tangent),
  layerNorm: smooth([f(3, 8)], (x) => T.layerNorm(x)),
  linspace: made((device) => T.linspace(-1, 2, 7, { device })),
  logSoftmax: smooth([f(3, 8)], (x) => T.logSoftmax(x)),
  logsumexp: smooth([f(3, 8)], (x) => T.logsumexp(x, { axis: 1 })),
  matmul: linear([f(2, 5, 7), f(7, 6)], T.matmul),
  max: plain([f(5, 9)], (x) => T.max(x, { axis: 1 })),
  mean: linear([f(5, 9)], (x) => T.mean(x, { axis: 0 })),
  min: plain([f(5, 9)], (x) => T.min(x)),
  norm: smooth([f(3, 7)], (x) => T.norm(x, { axis: 1 })),
  oneHot: plain([i(6, 5)], (x) => T.oneHot(x, 5)),
  ones: made((device) => T.ones([3], { device })),
  onesLike: plain([f(3)], (x) => T.onesLike(x)),
  pad: linear([f(2, 3)], (x) =>
    T.pad(x, [
      [1, 0],
      [2, 1],
    ]),
  ),
  permute: linear([f(2, 3, 4)], (x) => T.permute(x, [2, 0, 1])),
  prod: smooth([above(0.5, 3, 4)], (x) => T.prod(x, { axis: 1 })),
  real: plain([c(5)], T.real),
  reciprocal: smooth([above(0.5, 6)], (x) => T.reciprocal(x)),
  relu: plain([f(9)], (x) => T.relu(x)),
  repeat: linear([f(2, 3)], (x) => T.repeat(x, 3, 1)),
  reshape: linear([f(4, 6)], (x) => T.reshape(x, [3, 8])),
  scalar: made((device) => T.scalar(0.75, { device })),
  scatterAdd: linear([f(12, 3), i(5, 12)], (x, at) => T.scatterAdd(x, at, 6)),
  scope: plain([f(6)], (x) => T.scope(() => T.sum(T.exp(x)))),
  silu: smooth([f(8)], T.silu),
  slice: linear([f(6, 5)], (x) => T.slice(x, [[1, 6, 2], [-4]])),
  softmax: smooth([f(3, 8)], (x) => T.softmax(x)),
  split: linear([f(6, 2)], (x) => T.split(x, [1, 3, 2])),
  square: smooth([f(6)], (x) => T.square(x)),
  squeeze: linear([f(1, 3, 1)], (x) => T.squeeze(x)),
  stack: linear([f(2, 3)], (x) => T.stack([x, T.mul(x, -1)], 1)),
  std: smooth([f(3, 8)], (x) => T.std(x, { axis: 1 })),
  stopGradient: plain([f(4)], (x) => T.stopGradient(x)),
  sum: linear([f(5, 9)], (x) => T.sum(x, { axis: 1 })),
  take: linear([f(6, 3), i(5, 2, 4)], (x, at) => T.take(x, at)),
  tensor: made((device) =>
    T.tensor(
      [
        [1, -2],
        [0.5, 3],
      ],
      { device },
    ),
  ),
  tile: linear([f(2, 3)], (x) => T.tile(x, [2, 3])),
  together: plain([f(6)], (x) => T.together([T.sin(x), T.cos(x)])),
  transpose: linear([f(3, 5)], (x) => T.transpose(x)),
  unsqueeze: linear([f(3)], (x) => T.unsqueeze(x, 0)),
  valueAndGrad: plain([f(6)], (x) => Object.values(T.valueAndGrad(square)(x))),
  variance: smooth([f(3, 8)], (x) => T.variance(x, { axis: 1 })),
  vjp: plain([f(6), f(6)], (x, ct) => T.vjp((y: Tensor) => T.sin(y), x).pull(ct)),
  where: linear([f(7), b(7)], (x, m) => T.where(m, x, T.mul(x, 3))),
  zeros: made((device) => T.zeros([3], { device })),
  zerosLike: plain([f(3)], (x) => T.zerosLike(x)),
};

const RANDOM: Record<string, OperationCase> = {
  bernoulli: made((device) => R.bernoulli(k, 0.3, [40], { device })),
  bits: made((device) => R.bits(k, [40], { device })),
  categorical: plain([f(5, 6)], (x) => R.categorical(k, x, { count: 3 })),
  gumbel: made((device) => R.gumbel(k, [40], { device })),
  keyTensor: made((device) => R.keyTensor(k, { device })),
  normal: made((device) => R.normal(k, [41], { device })),
  permutation: made((device) => R.permutation(k, 20, { device })),
  rademacher: made((device) => R.rademacher(k, [40], { device })),
  randint: made((device) => R.randint(k, [40], -3, 9, { device })),
  truncatedNormal: made((device) => R.truncatedNormal(k, [40], -1, 2, { device })),
  uniform: made((device) => R.uniform(k, [40], { device })),
};

const FFT: Record<string, OperationCase> = {
  dct: linear([f(3, 10)], (x) => F.dct(x)),
  dst: linear([f(3, 9)], (x) => F.dst(x)),
  fft: linear([f(2, 12, 2)], (x) => F.fft(x)),
  fft2: linear([f(6, 8, 2)], (x) => F.fft2(x)),
  fftBitReversed: linear([f(16, 2)], (x) => F.fftBitReversed(x)),
  fftfreq: made((device) => F.fftfreq(9, 0.5, { device })),
  fftn: linear([f(3, 4, 5, 2)], (x) => F.fftn(x)),
  fftshift: linear([f(5, 4)], (x) => F.fftshift(x, [0, 1])),
  idct: linear([f(3, 10)], (x) => F.idct(x)),
  idst: linear([f(3, 9)], (x) => F.idst(x)),
  ifft: linear([f(2, 7, 2)], (x) => F.ifft(x)),
  ifft2: linear([f(6, 4, 2)], (x) => F.ifft2(x)),
  ifftBitReversed: linear([f(16, 2)], (x) => F.ifftBitReversed(x)),
  ifftn: linear([f(3, 4, 2)], (x) => F.ifftn(x)),
  ifftshift: linear([f(5, 4)], (x) => F.ifftshift(x, 0)),
  irfft: linear([f(3, 6, 2)], (x) => F.irfft(x)),
  irfft2: linear([f(4, 5, 2)], (x) => F.irfft2(x)),
  irfftn: linear([f(4, 5, 2)], (x) => F.irfftn(x)),
  rfft: linear([f(3, 10)], (x) => F.rfft(x)),
  rfft2: linear([f(4, 6)], (x) => F.rfft2(x)),
  rfftfreq: made((device) => F.rfftfreq(8, 2, { device })),
  rfftn: linear([f(3, 4, 6)], (x) => F.rfftn(x)),
};

const LINALG: Record<string, OperationCase> = {
  cholesky: smooth([f(4, 4)], (x) => L.cholesky(definite(x))),
  cond: smooth([f(4, 4)], (x) => L.cond(heavy(x))),
  det: smooth([f(4, 4)], (x) => L.det(heavy(x))),
  eigh: smooth([f(4, 4)], (x) => L.eigh(definite(x)).values),
  eigvalsh: smooth([f(4, 4)], (x) => L.eigvalsh(definite(x))),
  inv: smooth([f(4, 4)], (x) => L.inv(heavy(x))),
  lstsq: smooth([f(6, 3), f(6)], (x, y) => L.lstsq(x, y)),
  lu: plain([f(4, 4)], (x) => Object.values(L.lu(heavy(x)))),
  matrixRank: plain([f(4, 4)], (x) => L.matrixRank(heavy(x))),
  pinv: smooth([f(5, 3)], (x) => L.pinv(x)),
  qr: smooth([f(5, 3)], (x) => Object.values(L.qr(x))),
  slogdet: plain([f(4, 4)], (x) => Object.values(L.slogdet(heavy(x)))),
  solve: smooth([f(4, 4), f(4)], (x, y) => L.solve(heavy(x), y)),
  svd: smooth([f(5, 3)], (x) => L.svd(x).s),
  svdvals: smooth([f(5, 3)], (x) => L.svdvals(x)),
  triangularSolve: smooth([f(4, 4), f(4)], (x, y) => L.triangularSolve(heavy(x), y)),
};

const LINEAR: Record<string, OperationCase> = {
  adjointOf: linear([f(3), f(3, 4)], (x, a) => O.adjointOf(O.matrixOperator(a)).apply(x)),
  blockDiagonal: linear([f(6), f(3, 4), f(5, 2)], (x, p, q) =>
    O.blockDiagonal(O.matrixOperator(p), O.matrixOperator(q)).apply(x),
  ),
  composition: linear([f(4), f(3, 4), f(2, 3)], (x, p, q) =>
    O.composition(O.matrixOperator(q), O.matrixOperator(p)).apply(x),
  ),
  diagonalOperator: linear([f(5), f(5)], (x, w) => O.diagonalOperator(w).apply(x)),
  gramOperator: linear([f(4), f(3, 4)], (x, a) => O.gramOperator(O.matrixOperator(a), 0.5).apply(x)),
  horizontalStack: linear([f(6), f(3, 4), f(3, 2)], (x, p, q) =>
    O.horizontalStack(O.matrixOperator(p), O.matrixOperator(q)).apply(x),
  ),
  identityOperator: linear([f(4)], (x) => O.identityOperator([4], x.dtype).apply(x)),
  linearOperator: linear([f(4)], (x) =>
    O.linearOperator({
      domain: [4],
      range: [4],
      dtype: x.dtype,
      apply: (y) => T.flip(y),
      adjoint: (y) => T.flip(y),
    }).apply(x),
  ),
  matrixOperator: linear([f(4), f(3, 4)], (x, a) => O.matrixOperator(a).apply(x)),
  operatorSum: linear([f(4), f(3, 4), f(3, 4)], (x, p, q) =>
    O.operatorSum(O.matrixOperator(p), O.matrixOperator(q)).apply(x),
  ),
  scaledOperator: linear([f(4), f(3, 4)], (x, a) => O.scaledOperator(O.matrixOperator(a), -3).apply(x)),
  toMatrix: plain([f(3, 4)], (a) => T.withDevice(a.device, () => O.toMatrix(O.matrixOperator(a)))),
  verticalStack: linear([f(4), f(3, 4), f(2, 4)], (x, p, q) =>
    O.verticalStack(O.matrixOperator(p), O.matrixOperator(q)).apply(x),
  ),
};

const NN: Record<string, OperationCase> = {
  adaptiveAvgPool: linear([f(1, 2, 7, 5)], (x) => N.adaptiveAvgPool(x, [3, 2])),
  adaptiveMaxPool: plain([f(1, 2, 7, 5)], (x) => N.adaptiveMaxPool(x, [3, 2])),
  avgPool1d: linear([f(2, 3, 9)], (x) => N.avgPool1d(x, 3, { stride: 2 })),
  avgPool2d: linear([f(1, 2, 6, 7)], (x) => N.avgPool2d(x, 2, { padding: 1, countPadding: false })),
  avgPool3d: linear([f(1, 2, 4, 5, 4)], (x) => N.avgPool3d(x, 2)),
  conv1d: linear([f(2, 3, 10), f(4, 3, 3)], (x, w) => N.conv1d(x, w, { padding: 1 })),
  conv2d: linear([f(2, 3, 7, 6), f(4, 3, 3, 2)], (x, w) => N.conv2d(x, w, { padding: 1, stride: [2, 1] })),
  conv3d: linear([f(1, 2, 4, 5, 4), f(3, 2, 2, 3, 2)], (x, w) => N.conv3d(x, w)),
  convTranspose1d: linear([f(2, 3, 5), f(3, 2, 3)], (x, w) => N.convTranspose1d(x, w, { stride: 2 })),
  convTranspose2d: linear([f(1, 3, 4, 3), f(3, 2, 3, 3)], (x, w) => N.convTranspose2d(x, w, { stride: 2, padding: 1 })),
  convTranspose3d: linear([f(1, 2, 3, 2, 3), f(2, 2, 2, 2, 2)], (x, w) => N.convTranspose3d(x, w)),
  maxPool1d: plain([f(2, 3, 9)], (x) => N.maxPool1d(x, 3)),
  maxPool2d: plain([f(1, 2, 6, 7)], (x) => N.maxPool2d(x, [2, 3], { padding: 1 })),
  maxPool3d: plain([f(1, 2, 4, 5, 4)], (x) => N.maxPool3d(x, 2)),
  resize: linear([f(1, 2, 4, 5)], (x) => N.resize(x, [7, 10])),
};

const INDEXING: Record<string, OperationCase> = {
  bincount: plain([i(6, 30)], (x) => I.bincount(x, 6)),
  diag: linear([f(4)], (x) => I.diag(x, 1)),
  diagonal: linear([f(4, 5)], (x) => I.diagonal(x, -1)),
  histogram: plain([f(50)], (x) => I.histogram(x, { bins: 7, low: -1, high: 1 }).counts),
  indexAdd: linear([f(5, 3), i(4, 4), f(4, 3)], (x, at, v) => I.indexAdd(x, at, T.mul(v, 0))),
  put: linear([f(5, 3), f(2, 3)], (x, v) => I.put(x, T.tensor(Int32Array.of(3, 0), { device: x.device }), T.mul(v, 0))),
  roll: linear([f(4, 5)], (x) => I.roll(x, [1, -2], [0, 1])),
  scatterAddAlong: linear([f(3, 8), i(4, 3, 8)], (x, at) => I.scatterAddAlong(x, at, 5)),
  searchsorted: plain([f(20)], (x) => I.searchsorted(T.linspace(-1, 1, 9, { device: x.device }), x)),
  takeAlong: linear([f(3, 6), i(5, 3, 4)], (x, at) => I.takeAlong(x, at)),
  tril: linear([f(4, 4)], (x) => I.tril(x)),
  triu: linear([f(4, 5)], (x) => I.triu(x, 1)),
};

const SORT: Record<string, OperationCase> = {
  argsort: plain([f(3, 13)], (x) => S.argsort(x)),
  cumargmax: plain([f(3, 13)], (x) => S.cumargmax(x)),
  cumargmin: plain([f(3, 13)], (x) => S.cumargmin(x)),
  cummax: plain([f(3, 13)], (x) => S.cummax(x)),
  cummin: plain([f(3, 13)], (x) => S.cummin(x)),
  cumprod: smooth([above(0.5, 2, 6)], (x) => S.cumprod(x)),
  cumsum: linear([f(3, 13)], (x) => S.cumsum(x)),
  linearRecurrence: smooth([f(2, 7), f(2, 7)], (x, y) => S.linearRecurrence(x, y)),
  logcumsumexp: smooth([f(2, 7)], (x) => S.logcumsumexp(x)),
  sort: plain([f(3, 13)], (x) => S.sort(x)),
  topk: plain([f(3, 13)], (x) => Object.values(S.topk(x, 4))),
};

const INTEGER: Record<string, OperationCase> = {
  int4Matmul: plain([f(3, 16), u(5, 2), above(0.5, 5, 2), above(7, 5, 2)], (x, codes, scale, zero) =>
    Q.int4Matmul(T.astype(x, "f32"), codes, scale, zero, { group: 8 }),
  ),
  int8Matmul: plain([u(3, 5), u(4, 5)], (x, y) => Q.int8Matmul(x, y, { k: 20, aZero: 3 })),
  prepareInt8: plain([u(6, 5), u(4, 5)], (x, y) => Q.int8Matmul(x, Q.prepareInt8(y, { k: 20 }), { aZero: 3 })),
};

const TRANSFORM: Record<string, OperationCase> = {
  checkpoint: smooth([f(5)], (x) => X.checkpoint((y: Tensor) => T.sin(T.mul(y, y)))(x)),
  customVjp: plain([f(5)], (x) =>
    T.grad((y: Tensor) =>
      T.sum(
        X.customVjp(
          (z: Tensor) => T.exp(z),
          (z: Tensor) => ({ value: T.exp(z), residuals: z }),
          (z, ct: Tensor) => [T.mul(ct, z)],
        )(y),
      ),
    )(x),
  ),
  hessian: plain([f(3)], (x) => X.hessian(square)(x) as Tensor),
  hessianVector: plain([f(4), f(4)], (x, v) => X.hessianVector(square)(x, v)),
  jacobian: plain([f(3)], (x) => X.jacobian((y: Tensor) => T.sin(T.mul(y, 2)))(x) as Tensor),
  vmap: smooth([f(3, 4)], (x) => X.vmap((row: Tensor) => T.softmax(row))(x)),
};

/** By entry point and name. */
export const OPERATIONS: Readonly<Record<string, Readonly<Record<string, OperationCase>>>> = {
  ".": ROOT,
  "./random": RANDOM,
  "./fft": FFT,
  "./linalg": LINALG,
  "./linear": LINEAR,
  "./nn": NN,
  "./indexing": INDEXING,
  "./einsum": { einsum: linear([f(2, 3, 4), f(2, 4, 5)], (x, y) => einsum("bij,bjk->bki", x, y)) },
  "./sort": SORT,
  "./integer": INTEGER,
  "./special": {},
  "./transform": TRANSFORM,
};

/** Exports of these entry points that are no operations on tensors: settings, trees, keys, facts, and reading. */
export const NO_OPERATIONS: ReadonlySet<string> = new Set(
  (
    "adjointError backendOf checkOptions cite configure defaultDevice devices disposeTree distinctCitations isComplex isFloat isTensor key " +
    "memory operatorNorm packRows registerBackend showShape to treeEntries treeFlatten treeLeaves treeMap treeUnflatten viaCpu withDevice"
  ).split(" "),
);

/** Arguments of a case with the same values everywhere. */
export function argumentsOf({ args }: OperationCase, device: string, dtype: "f32" | "f64"): Tensor[] {
  const r = seeded(11);
  return args.map(({ shape, type, low, high }: Argument) => {
    const size = shape.reduce((a, n) => a * n, 1);
    if (type === "float" || type === "c64") {
      const parts = type === "c64" ? 2 : 1;
      const values = Float64Array.from({ length: size * parts }, () => low + (high - low) * r.next());
      return T.tensor(values, { shape, dtype: type === "c64" ? "c64" : dtype, device });
    }
    const values = Array.from({ length: size }, () => r.int(low, high));
    if (type === "bool")
      return T.tensor(
        values.map((v) => v === 1),
        { shape, device },
      );
    return T.tensor(type === "u32" ? Uint32Array.from(values) : Int32Array.from(values), { shape, device });
  });
}
