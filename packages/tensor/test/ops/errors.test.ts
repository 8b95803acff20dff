/** The exact text of errors: what is wrong, what was given, what is expected, what to do. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { testDevices } from "../support/devices.ts";

// Called as plain JavaScript calls them.
const any = T as unknown as Record<string, (...args: unknown[]) => unknown>;
const m: Tensor = T.tensor([
  [1, 2],
  [3, 4],
]);
const i: Tensor = T.arange(3);
const b: Tensor = T.tensor([true, false]);
const js: Tensor = T.tensor([1, 2], { device: "js" });
const gone: Tensor = T.ones([2]).eval();
gone.dispose();
const donated: Tensor = T.ones([2]).eval();
T.compile((x: Tensor) => T.mul(x, 2), { donate: [0] })(donated);

const CASES: readonly (readonly [what: string, run: () => unknown, kind: string, message: string])[] = [
  [
    "shapes that do not broadcast",
    () => T.add(T.ones([2, 3]), T.ones([4])),
    "ShapeError",
    "add: shapes do not broadcast (got [2,3] and [4], expected sizes equal or 1 at axis -1).",
  ],
  [
    "matmul sizes",
    () => T.matmul(T.ones([2, 3]), T.ones([2, 3])),
    "ShapeError",
    "matmul: inner sizes differ (got [2,3] and [2,3], expected 3 rows on the right, found 2).",
  ],
  [
    "matmul scalar",
    () => T.matmul(T.scalar(1), m),
    "ShapeError",
    "matmul: operands need at least one axis (got [] and [2,2], expected vectors or matrices). Use mul() for scalars.",
  ],
  [
    "dot",
    () => T.dot(T.ones([2]), T.ones([3])),
    "ShapeError",
    "dot: lengths differ (got 2 and 3, expected equal ones).",
  ],
  [
    "conv2d",
    () => conv2d(T.ones([1, 2, 4, 4]), T.ones([1, 3, 2, 2])),
    "ShapeError",
    "conv2d: channels do not fit (got x [1,2,4,4] and w [1,3,2,2] with 1 groups, expected w's second size to be 2).",
  ],
  [
    "conv2d large kernel",
    () => conv2d(T.ones([1, 2, 4, 4]), T.ones([1, 2, 5, 2])),
    "ShapeError",
    "conv2d: kernel is larger than the padded input (got a reach of 5 on axis 2 of [1,2,4,4], expected at most 4).",
  ],
  [
    "conv2d groups",
    () => conv2d(T.ones([1, 2, 4, 4]), T.ones([1, 2, 2, 2]), { groups: 3 }),
    "ShapeError",
    "conv2d: groups must divide the channels (got 3, expected a common divisor of 2 input and 1 output channels).",
  ],
  [
    "conv2d padding",
    () => conv2d(T.ones([1, 2, 4, 4]), T.ones([1, 2, 2, 2]), { padding: [[1, 1]] as never }),
    "ArgumentError",
    "conv2d: padding must be [[top, bottom], [left, right]] (got [[1, 1]]).",
  ],
  [
    "conv2d stride",
    () => conv2d(T.ones([1, 2, 4, 4]), T.ones([1, 2, 2, 2]), { stride: 0 }),
    "ArgumentError",
    "conv2d: stride must be an integer of at least 1, or two (got 0).",
  ],
  [
    "reshape",
    () => T.reshape(m, [3]),
    "ShapeError",
    "reshape: sizes do not match (got [2,2] with 4 elements, expected 3 for [3]).",
  ],
  [
    "reshape -1",
    () => T.reshape(m, [-1, 3]),
    "ShapeError",
    "reshape: -1 cannot be computed (got [-1,3] for 4 elements, expected one -1 and sizes that divide).",
  ],
  [
    "too many axes",
    () => T.zeros([1, 1, 1, 1, 1, 1, 1, 1, 1]),
    "ShapeError",
    "zeros: too many axes (got 9, expected at most 8).",
  ],
  [
    "too many elements",
    () => T.zeros([65536, 65536]),
    "ShapeError",
    "zeros: too many elements (got [65536,65536], expected at most 2^31 - 1).",
  ],
  [
    "too many elements by broadcasting",
    () => T.add(T.zeros([65536, 1]), T.zeros([1, 65536])),
    "ShapeError",
    "add: too many elements (got [65536,65536], expected at most 2^31 - 1).",
  ],
  [
    "NaN size",
    () => T.zeros([NaN, 2]),
    "ShapeError",
    "zeros: sizes must be non-negative integers (got NaN at axis 0 of [NaN, 2]).",
  ],
  [
    "negative size",
    () => T.ones(-1),
    "ShapeError",
    "ones: sizes must be non-negative integers (got -1 at axis 0 of [-1]).",
  ],
  [
    "axis out of range",
    () => T.sum(m, { axis: 2 }),
    "ShapeError",
    "sum: axis out of range (got 2, expected an integer in [-2, 1]).",
  ],
  [
    "axis of a scalar",
    () => T.softmax(T.scalar(1)),
    "ShapeError",
    "softmax: axis out of range (got -1, expected no axis for a scalar).",
  ],
  ["axis twice", () => T.sum(m, { axis: [0, -2] }), "ShapeError", "sum: axis 0 is named twice (got [0,0])."],
  [
    "axis of another kind",
    () => T.sum(m, { axis: "x" as never }),
    "ArgumentError",
    'sum: axis must be an integer or an array of integers (got "x").',
  ],
  [
    "keepDims of another kind",
    () => T.sum(m, { keepDims: 1 as never }),
    "ArgumentError",
    "sum: keepDims must be true or false (got 1).",
  ],
  [
    "permute",
    () => T.permute(m, [0, 0]),
    "ShapeError",
    "permute: axes must be a permutation (got [0,0], expected each of 2 axes once).",
  ],
  ["squeeze", () => T.squeeze(m, 0), "ShapeError", "squeeze: axis 0 has size 2 (got [2,2], expected size 1)."],
  [
    "slice position",
    () => T.slice(m, [2]),
    "ShapeError",
    "slice: index out of range (got 2 on axis 0, expected an integer in [-2, 1]).",
  ],
  [
    "slice bound",
    () => T.slice(m, [[0, 3]]),
    "ShapeError",
    "slice: bound out of range (got 3 on axis 0, expected an integer in [-2, 2]).",
  ],
  [
    "slice range",
    () => T.slice(m, [{ start: 1 } as never]),
    "ArgumentError",
    "slice: a range must be a position, [start, stop?, step?] or null (got an object for axis 0).",
  ],
  [
    "slice step",
    () => T.slice(m, [[0, 2, 0]]),
    "ArgumentError",
    "slice: step must be a non-zero integer (got 0 on axis 0).",
  ],
  [
    "max of nothing",
    () => T.max(T.zeros([0])),
    "ShapeError",
    "max: nothing to reduce (got shape [0], expected non-empty reduced axes).",
  ],
  [
    "mean of nothing",
    () => T.mean(T.zeros([2, 0]), { axis: 1 }),
    "ShapeError",
    "mean: nothing to reduce (got shape [2,0], expected non-empty reduced axes).",
  ],
  [
    "sample variance of one",
    () => T.variance(T.ones([1]), { correction: 1 }),
    "ShapeError",
    "variance: too few elements (got 1, expected more than the correction 1).",
  ],
  [
    "concat",
    () => T.concat([T.ones([2, 3]), T.ones([2, 2])], 0),
    "ShapeError",
    "concat: shapes do not fit (got [2,3] and [2,2], expected equal sizes except on axis 0).",
  ],
  [
    "stack",
    () => T.stack([T.ones([2]), T.ones([3])]),
    "ShapeError",
    "stack: shapes differ (got [2] and [3], expected equal ones).",
  ],
  [
    "concat of nothing",
    () => T.concat([]),
    "ArgumentError",
    "concat: a non-empty array of tensors is needed (got []).",
  ],
  [
    "split",
    () => T.split(T.ones([5]), 2),
    "ShapeError",
    "split: axis does not divide (got size 5, expected a multiple of 2).",
  ],
  ["pad", () => T.pad(m, [1]), "ShapeError", "pad: one width per axis is needed (got 1, expected 2)."],
  [
    "pad negative",
    () => T.pad(m, [-1, 0]),
    "ArgumentError",
    "pad: widths must be non-negative integers or pairs of them (got -1, expected e.g. [1, 2]). Use slice() to cut.",
  ],
  [
    "take from an empty axis",
    () => T.take(T.zeros([0]), i),
    "ShapeError",
    "take: axis 0 is empty (got [0], expected something to take from).",
  ],
  [
    "scatterAdd",
    () => T.scatterAdd(m, i, 4),
    "ShapeError",
    "scatterAdd: shapes do not fit (got [2,2] with indices [3] on axis 0, expected the sizes of the indices there).",
  ],
  [
    "layerNorm",
    () => T.layerNorm(m, -1, { scale: T.ones([3]) }),
    "ShapeError",
    "layerNorm: shapes do not broadcast (got [2,2] and [3], expected sizes equal or 1 at axis -1).",
  ],
  [
    "layerNorm growing",
    () => T.layerNorm(T.ones([2]), -1, { scale: T.ones([3, 2]) }),
    "ShapeError",
    "layerNorm: scale does not fit (got [3,2], expected something that broadcasts to [2]).",
  ],
  [
    "unknown dtype",
    () => T.zeros([2], { dtype: "float32" as never }),
    "ArgumentError",
    'zeros: unknown dtype (got "float32", expected one of bool, i32, u32, f16, f32, f64, c64, c128).',
  ],
  [
    "dtype not accepted",
    () => T.bitwiseAnd(m, m),
    "DTypeError",
    "bitwiseAnd: dtype not accepted (got f32, expected bool, i32, u32). Convert with astype().",
  ],
  [
    "logic on numbers",
    () => T.logicalNot(m),
    "DTypeError",
    "logicalNot: dtype not accepted (got f32, expected bool). Convert with astype().",
  ],
  [
    "max of bools",
    () => T.max(b),
    "DTypeError",
    "max: dtype not accepted (got bool, expected i32, u32, f32, f64). Convert with astype().",
  ],
  [
    "i32 with u32",
    () => T.add(i, T.astype(i, "u32")),
    "DTypeError",
    "add: i32 and u32 do not mix (got i32 and u32, expected equal integer types). Convert one with astype().",
  ],
  [
    "i32 with u32 in a product",
    () => T.dot(i, T.astype(i, "u32")),
    "DTypeError",
    "dot: i32 and u32 do not mix (got i32 and u32, expected equal integer types). Convert one with astype().",
  ],
  [
    "a number that does not fit",
    () => T.add(i, 2 ** 31),
    "ArgumentError",
    "add: number does not fit the tensor's dtype (got 2147483648, expected a value of i32).",
  ],
  [
    "a negative number with u32",
    () => T.add(T.astype(i, "u32"), -1),
    "ArgumentError",
    "add: number does not fit the tensor's dtype (got -1, expected a value of u32).",
  ],
  [
    "a value that does not fit",
    () => T.full([2], 1.5, { dtype: "i32" }),
    "DTypeError",
    "full: value does not fit the dtype (got 1.5, expected a value of i32).",
  ],
  [
    "data that do not fit",
    () => T.tensor([1, 300.5], { dtype: "u32" }),
    "DTypeError",
    "tensor: value does not fit the dtype (got 300.5 at element 1, expected values of u32).",
  ],
  [
    "NaN as an integer",
    () => T.tensor(NaN, { dtype: "i32" }),
    "DTypeError",
    "tensor: value does not fit the dtype (got NaN at element 0, expected values of i32).",
  ],
  [
    "arange that does not fit",
    () => T.arange(0, 1, 0.25, { dtype: "i32" }),
    "DTypeError",
    "arange: dtype does not hold the values (got i32 for 0 to 0.75 in steps of 0.25).",
  ],
  [
    "bitcast of f64",
    () => T.bitcast(T.zeros([1], { dtype: "f64" }), "i32"),
    "DTypeError",
    "bitcast: data types must have 32 bits (got f64 to i32, expected f32, i32 or u32).",
  ],
  [
    "float indices",
    () => T.take(m, m),
    "DTypeError",
    "take: indices must be integers (got f32, expected i32 or u32). Convert with astype().",
  ],
  [
    "condition",
    () => T.where(m, 1, 2),
    "DTypeError",
    "where: the condition must be bool (got f32, expected bool). Compare first, e.g. notEqual(x, 0).",
  ],
  [
    "conv2d of integers",
    () => conv2d(T.zeros([1, 1, 2, 2], { dtype: "i32" }), T.zeros([1, 1, 1, 1], { dtype: "i32" })),
    "DTypeError",
    "conv2d: floats are needed (got i32 and i32, expected f32 or f64). Convert with astype().",
  ],
  [
    "concat of two types",
    () => T.concat([i, T.ones([3])] as never),
    "DTypeError",
    "concat: data types differ (got i32 and f32, expected equal ones). Convert with astype().",
  ],
  [
    "mixed nested arrays",
    () => T.tensor([true, 1]),
    "DTypeError",
    "tensor: booleans and numbers are mixed (got 1 booleans, expected one kind).",
  ],
  [
    "device mix",
    () => T.add(js, T.ones([2])),
    "DeviceError",
    "add: tensors are on different devices (got js and cpu). Move one with to(x, device).",
  ],
  [
    "device mix in compile",
    () => T.compile((x: Tensor, y: Tensor) => T.add(x, y))(js, m),
    "DeviceError",
    "compile: arguments are on different devices (got cpu and js, expected one). Move one with to(x, device).",
  ],
  [
    "unknown device",
    () => T.zeros([2], { device: "tpu" }),
    "DeviceError",
    'device: no such device (got "tpu", expected one of cpu, js).',
  ],
  [
    "no webgpu",
    () => T.zeros([2], { device: "webgpu" }),
    "DeviceError",
    'device: no such device (got "webgpu", expected one of cpu, js). Call `await webgpu()` of "@ansatz/tensor/webgpu" first.',
  ],
  [
    "disposed",
    () => T.add(gone, 1),
    "DisposedError",
    "add: tensor was disposed or donated (got f32[2], expected a live tensor). Dispose it after its last use, or keep a copy.",
  ],
  [
    "donated",
    () => T.add(donated, 1),
    "DisposedError",
    "add: tensor was disposed or donated (got f32[2], expected a live tensor). Dispose it after its last use, or keep a copy.",
  ],
  [
    "disposed read",
    () => gone.dataSync(),
    "DisposedError",
    "dataSync: tensor was disposed or donated (got f32[2], expected a live tensor). Dispose it after its last use, or keep a copy.",
  ],
  [
    "unknown option",
    () => T.sum(m, { axes: 0 } as never),
    "ArgumentError",
    'sum: unknown option (got "axes", expected one of axis, keepDims).',
  ],
  [
    "unknown option of tensor",
    () => T.tensor([1], { type: "f32" } as never),
    "ArgumentError",
    'tensor: unknown option (got "type", expected one of dtype, device, shape).',
  ],
  [
    "options that are none",
    () => T.sum(m, 0 as never),
    "ArgumentError",
    "sum: options must be an object (got 0, expected { axis, keepDims }).",
  ],
  [
    "ragged",
    () => T.tensor([[1, 2], [3]]),
    "ShapeError",
    "tensor: nested arrays are ragged or hold other values (got an array of length 1 at data[1], expected an array of length 2).",
  ],
  [
    "ragged deep",
    () =>
      T.tensor([
        [[1], [2]],
        [[3], 4],
      ] as never),
    "ShapeError",
    "tensor: nested arrays are ragged or hold other values (got 4 at data[1][1], expected an array of length 1).",
  ],
  [
    "text in data",
    () => T.tensor([1, "2"] as never),
    "ShapeError",
    'tensor: nested arrays are ragged or hold other values (got "2" at data[1], expected a number).',
  ],
  [
    "data do not fill",
    () => T.tensor([1, 2, 3], { shape: [2] }),
    "ShapeError",
    "tensor: data does not fill the shape (got 3 elements, expected 2 for [2]).",
  ],
  [
    "bigints",
    () => T.tensor(new BigInt64Array(2) as never),
    "DTypeError",
    "tensor: array type not accepted (got a BigInt64Array, expected Float32Array, Float64Array, Int32Array, Uint32Array, Uint16Array or Uint8Array). Convert it first.",
  ],
  [
    "a tensor as data",
    () => T.tensor(m as never),
    "ArgumentError",
    "tensor: data must be a number, nested arrays or a typed array (got a Tensor). It is a tensor already: use astype() or to().",
  ],
  [
    "undefined operand",
    () => any.add(m, undefined),
    "ArgumentError",
    "add: every operand must be a tensor, a number or a boolean (got undefined). Make tensors with tensor().",
  ],
  [
    "text operand",
    () => any.mul(m, "2"),
    "ArgumentError",
    'mul: every operand must be a tensor, a number or a boolean (got "2"). Make tensors with tensor().',
  ],
  [
    "null for a tensor",
    () => any.sum(null),
    "ArgumentError",
    "sum: x must be a tensor (got null). Make one with tensor().",
  ],
  [
    "number for a tensor",
    () => any.reshape(3, [1]),
    "ArgumentError",
    "reshape: x must be a tensor (got 3). Make one with tensor().",
  ],
  [
    "clip bounds",
    () => T.clip(m, 2, 1),
    "ArgumentError",
    "clip: bounds are not ordered (got low 2 and high 1, expected low <= high).",
  ],
  ["oneHot", () => T.oneHot(i, 0), "ArgumentError", "oneHot: classes must be a positive integer (got 0)."],
  [
    "plus",
    () => (m as never) + 1,
    "TypeError",
    "Tensor: operators such as + and < do not work on tensors (got Tensor f32[2,2] on cpu). Use add(a, b) or `await tensor.item()`.",
  ],
  [
    "less",
    () => (m as never) < 1,
    "TypeError",
    "Tensor: operators such as + and < do not work on tensors (got Tensor f32[2,2] on cpu). Use add(a, b) or `await tensor.item()`.",
  ],
  [
    "Number",
    () => Number(m as never),
    "TypeError",
    "Tensor: operators such as + and < do not work on tensors (got Tensor f32[2,2] on cpu). Use add(a, b) or `await tensor.item()`.",
  ],
  [
    "JSON",
    () => JSON.stringify({ m }),
    "TypeError",
    "JSON.stringify: a tensor has no JSON form (got Tensor f32[2,2] on cpu). Use `await tensor.data()`.",
  ],
  [
    "grad of a vector",
    () => T.grad((x: Tensor) => x)(m),
    "ShapeError",
    "grad: the function must return one number (got shape [2,2], expected one element). Reduce with sum() or mean(), or use vjp().",
  ],
  [
    "grad of integers",
    () => T.grad((x: Tensor) => T.sum(x))(i),
    "DTypeError",
    "grad: inputs must be floats (got i32[3], expected f32 or f64). Convert with astype().",
  ],
  [
    "grad without tensor",
    () => T.grad((x: Tensor) => T.sum(x))(3 as never),
    "ArgumentError",
    "grad, argument 1: leaves must be tensors (got 3, expected tensors in arrays and plain objects).",
  ],
  [
    "grad of an async function",
    () => T.grad((async (x: Tensor) => x) as never)(m),
    "ArgumentError",
    "grad, result of the function: leaves must be tensors (got a promise, expected tensors in arrays and plain objects). Functions must be synchronous.",
  ],
  ["grad of nothing", () => any.grad(undefined), "ArgumentError", "grad: a function is needed (got undefined)."],
  [
    "jvp structure",
    () => T.jvp((x: Tensor) => x, [m], [[m]] as never),
    "ArgumentError",
    "jvp: tangents have another structure (got [[*]], expected [*]).",
  ],
  [
    "vjp cotangent",
    () => T.vjp((x: Tensor) => x, m).pull(T.ones([3])),
    "ShapeError",
    "vjp: cotangent does not fit (got f32[3], expected f32[2,2]).",
  ],
  [
    "vjp structure",
    () => T.vjp((x: Tensor) => ({ a: x, b: x }), m).pull({ b: m, a: m } as never),
    "ArgumentError",
    "vjp: cotangent has another structure (got {b:*,a:*}, expected {a:*,b:*}).",
  ],
  [
    "compile reads",
    () =>
      T.compile((x: Tensor) => {
        x.dataSync();
        return x;
      })(m),
    "TraceError",
    "dataSync: there are no values inside of compile and vmap (got f32[2,2], expected tensors with values). Read results outside.",
  ],
  [
    "compile reads deeper",
    () =>
      T.compile((x: Tensor) => {
        T.mul(x, 2).eval();
        return x;
      })(m),
    "TraceError",
    "eval: there are no values inside of compile and vmap (got f32[2,2], expected tensors with values). Read results outside.",
  ],
  [
    "compile async",
    () => T.compile((async (x: Tensor) => x) as never)(m),
    "ArgumentError",
    "compile, result of the function: leaves must be tensors (got a promise, expected tensors in arrays and plain objects). Functions must be synchronous.",
  ],
  [
    "compile returns undefined",
    () => T.compile((() => undefined) as never)(),
    "ArgumentError",
    "compile, result of the function: leaves must be tensors (got undefined, expected tensors in arrays and plain objects).",
  ],
  [
    "compile argument",
    () => T.compile((x: Tensor) => x)("x" as never),
    "ArgumentError",
    'compiled function, argument 1: leaves must be tensors (got "x", expected tensors in arrays and plain objects).',
  ],
  [
    "compile donate",
    () => T.compile((x: Tensor) => x, { donate: [1] })(m),
    "ArgumentError",
    "compiled function: donated argument 1 must be a tensor or a tree of tensors (got 1 in all, counted from 0).",
  ],
  [
    "compile donate number",
    () => T.compile<[Tensor, number], Tensor>((x) => x, { donate: [1] })(m, 3),
    "ArgumentError",
    "compiled function: donated argument 1 must be a tensor or a tree of tensors (got the number 3, counted from 0).",
  ],
  [
    "compile donate junk",
    () => T.compile((x: Tensor) => x, { donate: ["x"] as never }),
    "ArgumentError",
    'compile: donate must list positions of arguments (got ["x"], expected integers from 0 on).',
  ],
  [
    "scope async",
    () => T.scope(async () => m),
    "ArgumentError",
    "scope: the function must be synchronous (got a promise, expected a value). Dispose explicitly or use `using`.",
  ],
  [
    "withDevice async",
    () => T.withDevice("cpu", async () => m),
    "ArgumentError",
    "withDevice: the function must be synchronous (got a promise, expected a value). Create tensors in it and await outside.",
  ],
  [
    "tree",
    () => T.treeLeaves({ a: [m, 3] } as never),
    "ArgumentError",
    "treeLeaves: leaves must be tensors (got 3 at .a[1], expected tensors in arrays and plain objects).",
  ],
  [
    "cyclic tree",
    () => {
      const a: any[] = [m];
      a.push(a);
      return T.treeLeaves(a);
    },
    "ArgumentError",
    "treeLeaves: nested too deeply or cyclic (got more than 200 levels).",
  ],
  [
    "treeMap",
    () => T.treeMap((x, y) => T.add(x, y), [m], [m, m] as never),
    "ArgumentError",
    "treeMap: trees differ in structure (got [*,*] as number 2, expected [*]).",
  ],
  [
    "treeUnflatten",
    () => T.treeUnflatten(T.treeFlatten([m, m]).spec, [m]),
    "ArgumentError",
    "treeUnflatten: too few leaves (got 1, expected more).",
  ],
  [
    "configure",
    () => T.configure({ threads: 0 }),
    "ArgumentError",
    "configure: threads must be an integer from 1 to 64 (got 0).",
  ],
  [
    "configure budget",
    () => T.configure({ memoryBudget: 3 }),
    "ArgumentError",
    "configure: memoryBudget must lie between 1 MiB and 4 GiB (got 3, expected 1048576 to 4294967296 bytes).",
  ],
  [
    "configure precision",
    () => T.configure({ precision: "fast" as never }),
    "ArgumentError",
    'configure: unknown precision (got "fast", expected "default" or "strict").',
  ],
];

describe("errors of calls", () => {
  it.each(CASES)("%s", (_, run, kind, message) => {
    let caught: unknown;
    try {
      run();
    } catch (error) {
      caught = error;
    }
    expect((caught as Error | undefined)?.message).toBe(message);
    expect((caught as Error).name).toBe(kind);
    if (kind !== "TypeError") expect(caught).toBeInstanceOf(T.AnsatzError);
  });
});

describe("errors of reading", () => {
  it.each([
    [
      "item of many",
      () => m.item(),
      "item: tensor must have exactly one element (got shape [2,2], expected size 1). Use data().",
    ],
    [
      "dataInto an array that is too short",
      () => m.dataInto(new Float32Array(3)),
      "dataInto: target does not fit (got a Float32Array of length 3, expected Float32Array of length 4).",
    ],
    [
      "dataInto an array of another type",
      () => m.dataInto(new Float64Array(4) as never),
      "dataInto: target does not fit (got a Float64Array of length 4, expected Float32Array of length 4).",
    ],
    [
      "dataInto something else",
      () => m.dataInto(undefined as never),
      "dataInto: target does not fit (got undefined, expected Float32Array of length 4).",
    ],
    ["to nowhere", () => m.to("x"), /^device: no such device \(got "x", expected one of cpu, js/],
    [
      "item of a disposed tensor",
      () => gone.item(),
      "item: tensor must have exactly one element (got shape [2], expected size 1). Use data().",
    ],
    [
      "data of a disposed tensor",
      () => gone.data(),
      "data: tensor was disposed or donated (got f32[2], expected a live tensor). Dispose it after its last use, or keep a copy.",
    ],
  ] as const)("%s", async (_, run, message) => {
    await expect(run()).rejects.toThrow(message);
  });

  it("text of tensors is a description, and comparing is an error", () => {
    expect(String(m)).toBe("Tensor f32[2,2] on cpu");
    expect(() => (m as unknown as number) < 1).toThrow(TypeError);
    expect(() => `${(m as unknown as number) * 2}`).toThrow(TypeError);
  });
});

describe("errors of webgpu", () => {
  // Not before: the cases above are about a process without it.
  beforeAll(async () => {
    await testDevices();
  });
  beforeEach((context) => context.skip(!T.devices().includes("webgpu"), "no adapter"));

  const message =
    ": f64 does not exist on device webgpu (got f64, expected bool, i32, u32, f32). Use f32, or the cpu device.";

  it("f64 is refused wherever it could come up", async () => {
    const x = T.ones([2], { device: "webgpu" });
    const f64 = { device: "webgpu", dtype: "f64" } as const;
    const wide = T.full([], 3, { dtype: "f64" });
    const calls: Record<string, () => unknown> = {
      tensor: () => T.tensor(new Float64Array(2), { device: "webgpu" }),
      zeros: () => T.zeros([2], f64),
      full: () => T.full([2], 1, f64),
      linspace: () => T.linspace(0, 1, 2, f64),
      arange: () => T.arange(0, 2, 1, f64),
      eye: () => T.eye(2, 2, f64),
      scalar: () => T.scalar(1, f64),
      oneHot: () => T.oneHot(T.iota([2], { device: "webgpu" }), 2, "f64"),
      astype: () => T.astype(x, "f64"),
      "astype ": () => T.add(x, wide),
    };
    for (const [name, run] of Object.entries(calls)) expect(run, name).toThrow(`${name.trim()}${message}`);
    await expect(T.zeros([2], { dtype: "f64" }).to("webgpu")).rejects.toThrow(`to${message}`);
  });

  it("values are read asynchronously", () => {
    expect(() => T.ones([2], { device: "webgpu" }).dataSync()).toThrow(
      "dataSync: device webgpu cannot be read synchronously (expected the cpu device). Use `await tensor.data()`.",
    );
  });

  it("numbers move between devices silently, tensors do not", async () => {
    const x = T.tensor([1, 2], { device: "webgpu" });
    const three = T.full([], 3);
    expect([...(await T.mul(x, three).data())]).toEqual([3, 6]);
    three.eval();
    expect([...(await T.mul(x, three).data())]).toEqual([3, 6]);
    expect(() => T.mul(x, T.ones([1]))).toThrow(
      "mul: tensors are on different devices (got webgpu and cpu). Move one with to(x, device).",
    );
  });
});

describe("after an error", () => {
  it("inputs have no claims of operations that never came to be", () => {
    const start = T.memory("cpu").used;
    const x = T.tensor(new Float32Array(1 << 16));
    const other = T.tensor(new Float32Array(1 << 16));
    other.dispose();
    expect(() => T.add(x, other)).toThrow(T.DisposedError);
    expect(() => T.add(x, T.tensor(new Float32Array(1 << 16), { device: "js" }))).toThrow(T.DeviceError);
    x.dispose();
    expect(T.memory("cpu").used).toBeLessThanOrEqual(start);
  });
});
