/** Transposed convolutions: the adjoints of convolutions, as layers that enlarge images. */
import { ArgumentError, checkOptions, ShapeError, show } from "../errors.ts";
import { inputGradient } from "../ops/conv.ts";
import { add } from "../ops/arith.ts";
import { zeros } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { assemble } from "../ops/structural.ts";
import { slice } from "../ops/movement.ts";
import { permuteBy, reshapeTo } from "../ops/views.ts";
import { checkShape, internShape, showShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { asRow, geometryOf, planeAttr, type ConvOptions, type Geometry } from "./convolution.ts";
import { commonFloat, perAxis, requireImages, type PerAxis } from "./options.ts";

/** Options of transposed convolutions: those of the convolution that they are the adjoint of. */
export interface ConvTransposeOptions extends ConvOptions {
  /**
   * Further positions at the end of each axis, fewer than the stride or the dilation: a convolution with a stride takes
   * inputs of several sizes to the same output size, and this chooses between them. 0 when left out.
   */
  readonly outputPadding?: PerAxis;
}

interface Prepared {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly geometry: Geometry;
  /** Sizes of the result. */
  readonly shape: Shape;
}

function prepare(name: string, x: Tensor, w: Tensor, options: ConvTransposeOptions, rank: number): Prepared {
  requireImages(name, x, rank);
  requireImages(name, w, rank, "w");
  checkOptions(name, options, ["stride", "padding", "dilation", "groups", "outputPadding"]);
  const dtype = commonFloat(name, x, w);
  const geometry = geometryOf(name, options, rank);
  const { groups, stride, dilation, sides } = geometry;
  const more = perAxis(name, "outputPadding", options.outputPadding, rank, 0, 0);
  if (x.shape[1] !== w.shape[0] || x.shape[1] % groups !== 0) {
    throw new ShapeError(
      `${name}: channels do not fit (got x ${showShape(x.shape)} and w ${showShape(w.shape)} with ${groups} groups, ` +
        `expected as many channels as w has first, a multiple of the groups).`,
    );
  }
  const size = more.map((extra, a) => {
    const most = Math.max(stride[a], dilation[a]);
    if (extra >= most) {
      throw new ArgumentError(
        `${name}: outputPadding must be below the stride or the dilation (got ${show(extra)} for axis ${a + 2}, expected less than ${most}).`,
      );
    }
    const reach = dilation[a] * (w.shape[a + 2] - 1) + 1;
    const n = (x.shape[a + 2] - 1) * stride[a] - sides[a][0] - sides[a][1] + reach + extra;
    if (n < 1 || x.shape[a + 2] === 0 || w.shape[a + 2] === 0) {
      throw new ShapeError(
        `${name}: nothing is left of axis ${a + 2} (got x ${showShape(x.shape)}, w ${showShape(w.shape)} and a padding of ${sides[a].join(" and ")}).`,
      );
    }
    return n;
  });
  const shape = checkShape(name, [x.shape[0], groups * w.shape[1], ...size]);
  return { x: cast(x, dtype), w: cast(w, dtype), geometry, shape };
}

/**
 * The adjoint of `conv1d` with the same options, `y[n, o, i*stride + k*dilation - padding] += x[n,c,i] * w[c,o,k]`: what
 * other libraries call transposed convolution or deconvolution.
 * @param x [batch, channels, length], f32 or f64
 * @param w [channels, outputs / groups, kernel length]
 * @returns [batch, outputs, (length - 1)*stride - padding + dilation*(kernel-1) + outputPadding + 1]
 * @throws ShapeError when the shapes do not fit, DTypeError for integers, ArgumentError for bad options.
 * Cost: 2 * size(x) * outputs/groups * kernel length operations.
 */
export function convTranspose1d(x: Tensor, w: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const given = prepare("convTranspose1d", x, w, options, 1);
  const [batch, outputs, length] = given.shape.dims;
  const y = inputGradient(asRow(given.x), asRow(given.w), [batch, outputs, 1, length], planeAttr(given.geometry));
  return reshapeTo(y, given.shape);
}

/** {@link convTranspose1d} over two axes, the adjoint of `conv2d`: w is [channels, outputs / groups, height, width]. */
export function convTranspose2d(x: Tensor, w: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const given = prepare("convTranspose2d", x, w, options, 2);
  return inputGradient(given.x, given.w, given.shape.dims, planeAttr(given.geometry));
}

/**
 * {@link convTranspose1d} over three axes, the adjoint of `conv3d`: w is [channels, outputs / groups, depth, height, width].
 * Every depth of x is spread over its plane for all depths of the kernel at once; these are then added up along the depth.
 * Memory for kernel depth copies of the result.
 * @throws as {@link convTranspose1d}
 */
export function convTranspose3d(x: Tensor, w: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const { geometry, shape, ...given } = prepare("convTranspose3d", x, w, options, 3);
  const [batch, outputs, , ...plane] = shape.dims;
  const [channels, depth, ...image] = x.shape.slice(1);
  const [inner, taps, ...kernel] = w.shape.slice(1);
  const planes = reshapeTo(
    permuteBy(given.x, [0, 2, 1, 3, 4]),
    checkShape("convTranspose3d", [batch * depth, channels, ...image]),
  );
  const spread = inputGradient(
    planes,
    reshapeTo(given.w, internShape([channels, inner * taps, ...kernel])),
    checkShape("convTranspose3d", [batch * depth, outputs * taps, ...plane]).dims,
    planeAttr(geometry),
  );
  const parts = reshapeTo(spread, internShape([batch, depth, outputs, taps, ...plane]));
  return permuteBy(foldDepth(parts, shape.dims[2], geometry), [0, 2, 1, 3, 4]);
}

/** Adds `parts[:, d, :, k]` to depth `d*stride + k*dilation - padding`; what falls outside is dropped. */
function foldDepth(parts: Tensor, size: number, geometry: Geometry): Tensor {
  const [batch, depth, outputs, taps, ...plane] = parts.shape;
  const [stride, dilation, low] = [geometry.stride[0], geometry.dilation[0], geometry.sides[0][0]];
  const shape = internShape([batch, size, outputs, ...plane]);
  let sum: Tensor | null = null;
  for (let k = 0; k < taps; k++) {
    const shift = k * dilation - low;
    const from = Math.max(0, Math.ceil(-shift / stride));
    const to = Math.min(depth, Math.floor((size - 1 - shift) / stride) + 1);
    if (to <= from) continue;
    const region = { starts: [0, from * stride + shift, 0, 0, 0], steps: [1, stride, 1, 1, 1] };
    const placed = assemble([slice(parts, [null, [from, to], null, k])], [region], shape, 0);
    sum = sum === null ? placed : add(sum, placed);
  }
  return sum ?? (cast(zeros(shape.dims, { device: parts.device }), parts.dtype) as Tensor);
}
