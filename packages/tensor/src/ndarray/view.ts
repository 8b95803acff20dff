/** Arrays in the memory of tensors, and tensors over such arrays: nothing is copied in either direction. */
import type { Backend } from "../backend/backend.ts";
import { backendOf, defaultDevice } from "../device.ts";
import { checkDType, isComplex, type DType, type TypedArrayOf } from "../dtype.ts";
import { checkOptions, DeviceError, DTypeError } from "../errors.ts";
import { leafNode } from "../graph/record.ts";
import { aliasOf, expandTo, permuteBy, reshapeTo, sliceBy } from "../ops/views.ts";
import { checkShape, internShape, stridesOf } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";

/** The elements of a tensor where they are: element (i_1, ..., i_n) is `data[offset + sum i_d strides_d]`. */
export interface StridedView<D extends DType = DType> {
  readonly data: TypedArrayOf<D>;
  readonly shape: readonly number[];
  /** In elements, C order. */
  readonly strides: readonly number[];
  readonly offset: 0;
}

/** Whose memory an array is: as long as the array is referenced, so is the tensor, and its memory stays. */
const owners = new WeakMap<object, Tensor>();

/** Throws for types whose numbers arrays do not hold one by one. */
export function requirePlain(name: string, dtype: DType): void {
  if (isComplex(dtype) || dtype === "f16") {
    const hint = dtype === "f16" ? 'Convert with astype("f32").' : "Take asReal(), which adds an axis of two parts.";
    throw new DTypeError(`${name}: dtype not accepted (got ${dtype}, expected f32, f64, i32, u32 or bool). ${hint}`);
  }
}

function lend<D extends DType>(name: string, t: Tensor<D>, backend: Backend): StridedView<D> {
  requirePlain(name, t.dtype);
  if (backend.view === undefined) {
    throw new DeviceError(
      `${name}: device ${backend.name} has no memory that JavaScript sees (got ${backend.name}, expected cpu or js). Use \`await t.data()\`, or toGpuBuffer() of "@ansatz/tensor/webgpu".`,
    );
  }
  t.eval();
  // `eval` stores the values.
  const data = backend.view(t.storage as NonNullable<typeof t.storage>, t.dtype as "f32", t.size);
  owners.set(data, t);
  return { data: data as unknown as TypedArrayOf<D>, shape: t.shape, strides: stridesOf(t.shape), offset: 0 };
}

/**
 * The elements of a tensor where they are, without a copy; computes them first. bool is a Uint8Array of 0 and 1.
 *
 * Read only: a tensor never changes, and others may share its memory. The array is valid until the tensor is disposed; it
 * keeps the tensor from being collected. Where memory is shared between threads (Node, cross-origin isolated pages) it is
 * over a SharedArrayBuffer, which some platform functions refuse; elsewhere it ends (length 0) when the memory grows, so use
 * it before anything else is computed.
 * @throws DeviceError on a device without such memory, DTypeError for f16, c64 and c128, and as `eval`
 */
export function viewStrided<D extends DType>(t: Tensor<D>): StridedView<D> {
  requireTensor("viewStrided", t, "the argument");
  return lend("viewStrided", t, t.backend);
}

/**
 * An array of zeros in tensor memory, to be filled by you: `fromStrided` and `fromNdarray` make a tensor of it, or of any part
 * of it, without a copy. Do not write to it any more once a tensor was made of it.
 * @throws DeviceError and DTypeError as {@link viewStrided}, ShapeError for a shape that is none
 */
export function zerosStrided<D extends DType = "f32">(
  shape: readonly number[],
  options: { readonly dtype?: D; readonly device?: string } = {},
): StridedView<D> {
  checkOptions("zerosStrided", options, ["dtype", "device"]);
  const backend = backendOf(options.device ?? defaultDevice());
  const dtype = checkDType("zerosStrided", options.dtype ?? "f32") as D;
  requirePlain("zerosStrided", dtype);
  const whole = checkShape("zerosStrided", shape);
  const storage = backend.alloc(Math.max(1, whole.size * backend.elementBytes(dtype as "f32")));
  const view = lend("zerosStrided", leafNode(storage, whole, dtype), backend);
  view.data.fill(0);
  return view;
}

/**
 * The tensor of a strided part of an array that a tensor lent: a view of that tensor. Undefined for any other array, and for
 * parts whose axes do not go along those of the tensor.
 */
export function lentTensor(
  data: object,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): Tensor | undefined {
  const owner = owners.get(data);
  if (owner === undefined) return undefined;
  const part = alongAxes(owner.shape, shape, strides, offset);
  if (part === undefined) return undefined;
  const { starts, steps, sizes, perm } = part;
  const moved = permuteBy(sliceBy(owner, starts, steps, sizes), perm);
  // Axes of one element in the places of repeated ones.
  const kept = shape.map((n, d) => (strides[d] === 0 ? 1 : n));
  const view = expandTo(reshapeTo(moved, internShape(kept)), internShape(shape));
  return view === owner ? aliasOf(owner) : view;
}

interface Part {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly sizes: readonly number[];
  /** Axes of the owner in the order of the part's axes, those of one element first. */
  readonly perm: readonly number[];
}

/** A strided part of an array in C order as a slice along its axes, each of the part's axes along another one. */
function alongAxes(
  base: readonly number[],
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): Part | undefined {
  if (shape.includes(0)) return undefined;
  const plain = stridesOf(base);
  let rest = offset;
  const starts = base.map((n, b) => {
    const at = n === 1 ? 0 : Math.floor(rest / plain[b]);
    rest -= at * plain[b];
    return at;
  });
  const steps = base.map(() => 1);
  const sizes = base.map(() => 1);
  const used: number[] = [];
  for (let d = 0; d < shape.length; d++) {
    if (shape[d] === 1 || strides[d] === 0) continue;
    const axis = base.findIndex((n, b) => {
      const last = starts[b] + ((shape[d] - 1) * strides[d]) / plain[b];
      return n > 1 && !used.includes(b) && strides[d] % plain[b] === 0 && last >= 0 && last < n;
    });
    if (axis < 0) return undefined;
    used.push(axis);
    steps[axis] = strides[d] / plain[axis];
    sizes[axis] = shape[d];
  }
  return { starts, steps, sizes, perm: [...base.keys()].filter((b) => !used.includes(b)).concat(used) };
}
