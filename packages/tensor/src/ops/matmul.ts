/** Matrix products. */
import type { JsOperand, Routine } from "../backend/backend.ts";
import { gemmCpu } from "../backend/cpu/gemmRoutine.ts";
import { isComplex, isFloat, promote, type DType } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { defineOp, type RoutineOp } from "../graph/op.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { record } from "../graph/record.ts";
import { broadcastShapes, checkShape, internShape, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { add, mul, sub } from "./arith.ts";
import { complex, imag, real } from "./complex.ts";
import { cast } from "./elementwise.ts";
import { transpose } from "./movement.ts";
import { sumOver } from "./structural.ts";
import { expandTo, reshapeTo } from "./views.ts";

/** Naive product in order of k, rounding after every step: what the strict CPU version equals bit for bit. */
function gemmOracle(inputs: readonly JsOperand[], outputs: readonly JsOperand[]): void {
  const [a, b] = inputs;
  const [c] = outputs;
  const lead = c.shape.slice(0, -2);
  const [m, n] = c.shape.slice(-2);
  const k = a.shape[a.shape.length - 1];
  const [ai, ak] = a.strides.slice(-2);
  const [bk, bj] = b.strides.slice(-2);
  const round = c.dtype === "f32" ? Math.fround : (x: number): number => x;
  const batch = lead.reduce((x, y) => x * y, 1);
  for (let s = 0; s < batch; s++) {
    let a0 = a.offset;
    let b0 = b.offset;
    for (let d = lead.length - 1, rest = s; d >= 0; d--) {
      const i = rest % lead[d];
      rest = (rest - i) / lead[d];
      a0 += i * a.strides[d];
      b0 += i * b.strides[d];
    }
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < k; p++) {
          sum = round(sum + round(a.data[a0 + i * ai + p * ak] * b.data[b0 + p * bk + j * bj]));
        }
        c.data[c.offset + (s * m + i) * n + j] = sum;
      }
    }
  }
}

const GEMM: Routine = { name: "matmul", js: gemmOracle, cpu: gemmCpu };

/** [m, k] x [k, n] → [m, n], or the same with a leading axis of all three; floats. */
const MATMUL: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "matmul",
  routine: GEMM,
  strided: [true, true],
  vjp: [(g, _, [, b]) => product(g, transpose(b)), (g, _, [a]) => product(transpose(a), g)],
});

function product<D extends DType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> {
  const columns = b.shape[b.ndim - 1];
  const shape = checkShape("matmul", a.ndim === 2 ? [a.shape[0], columns] : [a.shape[0], a.shape[1], columns]);
  return record(MATMUL, [a, b], shape, a.dtype, null);
}

/**
 * Matrix product over the last two axes, `c[..., i, j] = sum_k a[..., i, k] b[..., k, j]`; leading axes broadcast.
 * A vector on the left counts as a row, on the right as a column, and its axis disappears from the result.
 *
 * f32 and f64 products use fused multiply-add on the CPU where the engine has it (see `configure({ precision })`);
 * integer products wrap modulo 2^32, bools count as i32. Cost: 2 m n k operations per matrix.
 * @throws ShapeError when the inner sizes differ, leading axes do not broadcast or an operand is a scalar, DTypeError for
 * i32 with u32
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  requireTensor("matmul", a, "the left operand");
  requireTensor("matmul", b, "the right operand");
  if (a.ndim === 0 || b.ndim === 0) {
    throw new ShapeError(
      `matmul: operands need at least one axis (got ${showShape(a.shape)} and ${showShape(b.shape)}, expected vectors or matrices). Use mul() for scalars.`,
    );
  }
  let dtype = promote("matmul", a.dtype, b.dtype);
  if (dtype === "bool") dtype = "i32";
  if (a.ndim === 2 && b.ndim === 2 && a.dtype === dtype && b.dtype === dtype && isFloat(dtype)) {
    if (a.shape[1] !== b.shape[0]) throw innerSizes(a, b, a.shape[1], b.shape[0]);
    return product(a, b);
  }
  const left = a.ndim === 1 ? reshapeTo(a, internShape([1, a.size])) : a;
  const right = b.ndim === 1 ? reshapeTo(b, internShape([b.size, 1])) : b;
  const [m, k] = left.shape.slice(-2);
  const [k2, n] = right.shape.slice(-2);
  if (k !== k2) {
    throw innerSizes(a, b, k, k2);
  }
  const lead = broadcastShapes("matmul", internShape(left.shape.slice(0, -2)), internShape(right.shape.slice(0, -2)));
  const x = cast(left, dtype);
  const y = cast(right, dtype);
  const multiply = (p: Tensor, q: Tensor): Tensor =>
    isFloat(p.dtype) ? floatProduct(p, q, lead.dims, m, k, n) : integerProduct(p, q, lead.dims, m, k, n);
  const out = isComplex(dtype) ? complexProduct(x, y, multiply) : multiply(x, y);
  const dims = [...lead.dims];
  if (a.ndim > 1) dims.push(m);
  if (b.ndim > 1) dims.push(n);
  return reshapeTo(out, internShape(dims));
}

function innerSizes(a: Tensor, b: Tensor, columns: number, rows: number): ShapeError {
  return new ShapeError(
    `matmul: inner sizes differ (got ${showShape(a.shape)} and ${showShape(b.shape)}, expected ${columns} rows on the right, found ${rows}).`,
  );
}

/** Four real products: the usual rounding errors of a complex one, unlike the variant with three. */
function complexProduct(x: Tensor, y: Tensor, multiply: (p: Tensor, q: Tensor) => Tensor): Tensor {
  const [a, b] = [real(x), imag(x)];
  const [c, d] = [real(y), imag(y)];
  return complex(sub(multiply(a, c), multiply(b, d)), add(multiply(a, d), multiply(b, c)));
}

function floatProduct(x: Tensor, y: Tensor, lead: readonly number[], m: number, k: number, n: number): Tensor {
  // A right operand shared by the whole batch: one tall product instead of many small ones.
  if (y.ndim === 2 && x.ndim > 2 && k > 0) {
    return product(reshapeTo(x, internShape([1, x.size / k, k])), reshapeTo(y, internShape([1, k, n])));
  }
  const batch = lead.reduce((a, b) => a * b, 1);
  const xs = expandTo(x, internShape([...lead, m, k]));
  const ys = expandTo(y, internShape([...lead, k, n]));
  return product(reshapeTo(xs, internShape([batch, m, k])), reshapeTo(ys, internShape([batch, k, n])));
}

/** Exact (wrapping) integer products as one fused multiply-and-sum. */
function integerProduct(x: Tensor, y: Tensor, lead: readonly number[], m: number, k: number, n: number): Tensor {
  // The products exist inside a kernel only, so there may be more than a tensor can have.
  const shape = internShape([...lead, m, n, k]);
  const xs = expandTo(reshapeTo(x, internShape([...x.shape.slice(0, -2), m, 1, k])), shape);
  const yt = transpose(y);
  const ys = expandTo(reshapeTo(yt, internShape([...y.shape.slice(0, -2), 1, n, k])), shape);
  return sumOver(mul(xs, ys), [shape.dims.length - 1]);
}

/**
 * Inner product `sum_i a[i] b[i]` of two vectors of equal length, summed like `sum`.
 * @throws ShapeError when the operands are no vectors or their lengths differ
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  requireTensor("dot", a, "the left operand");
  requireTensor("dot", b, "the right operand");
  if (a.ndim !== 1 || b.ndim !== 1) {
    throw new ShapeError(
      `dot: vectors are needed (got ${showShape(a.shape)} and ${showShape(b.shape)}, expected one axis each). Use matmul().`,
    );
  }
  if (a.size !== b.size) {
    throw new ShapeError(`dot: lengths differ (got ${a.size} and ${b.size}, expected equal ones).`);
  }
  promote("dot", a.dtype, b.dtype);
  return sumOver(mul(a, b), [0]);
}
