/** A valid call of every function that the package root exports, and values that are wrong almost everywhere. */
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";

/** What an argument accepts beyond its example, so that the sweep does not call it wrong. */
export type Kind =
  | "tensor"
  | "operand"
  | "number"
  | "data"
  | "axis"
  | "axis?"
  | "axes?"
  | "list"
  | "number?"
  | "size"
  | "size?"
  | "dtype"
  | "dtype?"
  | "device"
  | "device?"
  | "function"
  | "options"
  | "tree"
  | "anything";

/** A valid call. */
export interface Call {
  readonly args: () => unknown[];
  readonly kinds: readonly Kind[];
}

const z = (): Tensor => T.complex(m(), m());
const m = (): Tensor =>
  T.tensor([
    [1, 2],
    [3, 4],
  ]);
const b = (): Tensor =>
  T.tensor([
    [true, false],
    [true, true],
  ]);
const i = (): Tensor =>
  T.tensor(
    [
      [1, 0],
      [0, 1],
    ],
    { dtype: "i32" },
  );
const f = (x: Tensor): Tensor => T.sum(T.square(x));

const unary = (x: () => unknown = m): Call => ({ args: () => [x()], kinds: ["operand"] });
const binary = (x: () => unknown = m): Call => ({ args: () => [x(), x()], kinds: ["operand", "operand"] });
const reduction = (x: () => unknown = m): Call => ({
  args: () => [x(), { axis: 0, keepDims: true }],
  kinds: ["tensor", "options"],
});
const call = (args: () => unknown[], ...kinds: Kind[]): Call => ({ args, kinds });

const UNARY = [
  "abs",
  "acos",
  "acosh",
  "asin",
  "asinh",
  "atan",
  "atanh",
  "cbrt",
  "ceil",
  "cos",
  "cosh",
  "erf",
  "exp",
  "exp2",
  "expm1",
  "floor",
  "isFinite",
  "isNaN",
  "log",
  "log10",
  "log1p",
  "log2",
  "neg",
  "reciprocal",
  "relu",
  "round",
  "rsqrt",
  "sigmoid",
  "sign",
  "sin",
  "sinh",
  "softplus",
  "sqrt",
  "square",
  "tan",
  "tanh",
  "trunc",
];
const BINARY = [
  "add",
  "atan2",
  "div",
  "equal",
  "floorDiv",
  "greater",
  "greaterEqual",
  "hypot",
  "less",
  "lessEqual",
  "maximum",
  "minimum",
  "mod",
  "mul",
  "notEqual",
  "pow",
  "sub",
];
const BITS = ["bitwiseAnd", "bitwiseOr", "bitwiseXor", "mulhi", "shiftLeft", "shiftRight"];
const LOGIC = ["logicalAnd", "logicalOr", "logicalXor"];
const REDUCTIONS = [
  "all",
  "any",
  "argmax",
  "argmin",
  "logsumexp",
  "max",
  "mean",
  "min",
  "norm",
  "prod",
  "std",
  "sum",
  "variance",
];

/** One valid call per exported function. */
export const CALLS: Readonly<Record<string, Call>> = {
  ...Object.fromEntries(UNARY.map((name) => [name, unary()])),
  ...Object.fromEntries(BINARY.map((name) => [name, binary()])),
  ...Object.fromEntries(BITS.map((name) => [name, binary(i)])),
  ...Object.fromEntries(LOGIC.map((name) => [name, binary(b)])),
  ...Object.fromEntries(REDUCTIONS.map((name) => [name, reduction()])),
  bitwiseNot: unary(i),
  countLeadingZeros: unary(i),
  logicalNot: unary(b),
  clip: call(() => [m(), 1, 2], "operand", "operand", "operand"),
  where: call(() => [b(), m(), m()], "tensor", "operand", "operand"),
  angle: call(() => [z()], "tensor"),
  conj: call(() => [z()], "tensor"),
  imag: call(() => [z()], "tensor"),
  real: call(() => [z()], "tensor"),
  complex: call(() => [m(), m()], "tensor", "tensor"),
  asReal: call(() => [z()], "tensor"),
  asComplex: call(() => [m()], "tensor"),
  arange: call(() => [0, 4, 1, { dtype: "f32" }], "number", "number?", "number?", "options"),
  linspace: call(() => [0, 1, 3, { dtype: "f64" }], "number", "number", "size", "options"),
  eye: call(() => [2, 2, { dtype: "f32" }], "size", "size?", "options"),
  full: call(() => [[2], 3, { dtype: "f32" }], "list", "operand", "options"),
  fullLike: call(() => [m(), 3], "tensor", "operand"),
  iota: call(() => [[2], { dtype: "u32" }], "list", "options"),
  ones: call(() => [[2], { dtype: "i32" }], "list", "options"),
  zeros: call(() => [[2], { dtype: "i32" }], "list", "options"),
  onesLike: call(() => [m()], "tensor"),
  zerosLike: call(() => [m()], "tensor"),
  scalar: call(() => [3, { dtype: "f32" }], "operand", "options"),
  tensor: call(
    () => [
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: "f32", shape: [4] },
    ],
    "data",
    "options",
  ),
  to: call(() => [m(), "js"], "tensor", "device"),
  astype: call(() => [m(), "i32"], "tensor", "dtype"),
  bitcast: call(() => [m(), "i32"], "tensor", "dtype"),
  dot: call(() => [T.ones([3]), T.ones([3])], "tensor", "tensor"),
  matmul: call(() => [m(), m()], "tensor", "tensor"),
  conv2d: call(() => [T.ones([1, 2, 4, 4]), T.ones([3, 2, 2, 2]), { stride: 1 }], "tensor", "tensor", "options"),
  broadcastTo: call(() => [m(), [3, 2, 2]], "tensor", "list"),
  concat: call(() => [[m(), m()], 1], "list", "axis?"),
  stack: call(() => [[m(), m()], 1], "list", "axis?"),
  flatten: call(() => [m()], "tensor"),
  flip: call(() => [m(), 0], "tensor", "axes?"),
  pad: call(() => [m(), [1, [0, 2]], { value: 2 }], "tensor", "list", "options"),
  permute: call(() => [m(), [1, 0]], "tensor", "axes?"),
  repeat: call(() => [m(), 2, 0], "tensor", "size", "axis"),
  reshape: call(() => [m(), [4]], "tensor", "list"),
  slice: call(() => [m(), [[0, 1], null]], "tensor", "list"),
  split: call(() => [m(), 2, 0], "tensor", "size", "axis?"),
  squeeze: call(() => [T.ones([1, 2]), 0], "tensor", "axes?"),
  tile: call(() => [m(), [2, 1]], "tensor", "list"),
  transpose: call(() => [m(), 0, 1], "tensor", "axis?", "axis?"),
  unsqueeze: call(() => [m(), 0], "tensor", "axis"),
  gelu: call(() => [m()], "tensor"),
  silu: call(() => [m()], "tensor"),
  softmax: call(() => [m(), 0], "tensor", "axis?"),
  logSoftmax: call(() => [m(), 0], "tensor", "axis?"),
  layerNorm: call(() => [m(), 0, { epsilon: 0.1 }], "tensor", "axes?", "options"),
  oneHot: call(() => [i(), 3, "f32"], "tensor", "size", "dtype?"),
  scatterAdd: call(() => [m(), T.tensor([0, 1], { dtype: "i32" }), 3, 0], "tensor", "tensor", "size", "axis?"),
  take: call(() => [m(), i(), 0], "tensor", "tensor", "axis?"),
  stopGradient: call(() => [m()], "tensor"),
  grad: call(() => [f], "function"),
  valueAndGrad: call(() => [f], "function"),
  vjp: call(() => [f, m()], "function", "tree"),
  jvp: call(() => [f, [m()], [m()]], "function", "tree", "tree"),
  compile: call(() => [f, { donate: [0] }], "function", "options"),
  scope: call(() => [() => m()], "function"),
  together: call(() => [[m(), m()]], "tree"),
  treeFlatten: call(() => [{ a: m() }], "tree"),
  treeLeaves: call(() => [{ a: m() }], "tree"),
  treeEntries: call(() => [{ a: m() }], "tree"),
  treeMap: call(() => [(x: Tensor) => x, { a: m() }], "function", "tree"),
  treeUnflatten: call(() => [T.treeFlatten({ a: m() }).spec, [m()]], "list", "list"),
  disposeTree: call(() => [{ a: m() }], "tree"),
  configure: call(() => [{}], "options"),
  backendOf: call(() => ["cpu"], "device"),
  registerBackend: call(() => [T.backendOf("cpu")], "function"),
  memory: call(() => ["cpu"], "device?"),
  withDevice: call(() => ["js", () => m()], "device", "function"),
};

/** Exported functions that take anything, or are no part of what users call. */
export const EXEMPT: readonly string[] = [
  "checkOptions",
  "cite",
  "defaultDevice",
  "devices",
  "distinctCitations",
  "isComplex",
  "isFloat",
  "isTensor",
  "showShape",
];

class Stranger {
  readonly surprise = 1;
}

/** Wrong values with the kinds of arguments that take them. */
export const JUNK: readonly (readonly [name: string, make: () => unknown, takenBy: readonly Kind[]])[] = [
  ["undefined", () => undefined, ["axis?", "axes?", "device?", "dtype?", "size?", "number?", "options", "anything"]],
  ["null", () => null, ["anything"]],
  ["a number as text", () => "3", ["anything"]],
  ["text", () => "cpu", ["device", "device?", "anything"]],
  ["a bigint", () => 3n, ["anything"]],
  ["a symbol", () => Symbol("s"), ["anything"]],
  ["NaN", () => NaN, ["operand", "anything"]],
  ["infinity", () => Infinity, ["operand", "anything"]],
  ["a fraction", () => 1.5, ["operand", "number", "number?", "anything"]],
  ["a negative number", () => -77, ["operand", "number", "number?", "anything"]],
  ["a huge number", () => 2 ** 40, ["operand", "number", "number?", "anything"]],
  ["an array with holes", () => new Array<number>(2), ["anything"]],
  ["an array of text", () => ["1", "2"], ["anything"]],
  ["an array of NaN", () => [NaN, 1], ["anything"]],
  ["an unknown option", () => ({ surprise: 1 }), ["anything"]],
  ["a function", () => () => 1, ["anything", "function"]],
  ["a promise", () => Promise.resolve(1), ["anything"]],
  ["a map", () => new Map(), ["anything"]],
  ["a class instance", () => new Stranger(), ["anything"]],
  ["a date", () => new Date(0), ["anything"]],
  ["a buffer", () => new ArrayBuffer(8), ["anything"]],
  ["bytes", () => new Uint8Array(4), ["data", "anything"]],
  ["a disposed tensor", () => disposed(), ["anything", "tree"]],
];

function disposed(): Tensor {
  const x = T.tensor([
    [1, 2],
    [3, 4],
  ]);
  x.dispose();
  return x;
}
