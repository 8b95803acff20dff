/** Convolutions of one and three spatial axes, by the two-dimensional one. */
import { checkOptions, ShapeError, show } from "../errors.ts";
import { convNode } from "../ops/conv.ts";
import { cast } from "../ops/elementwise.ts";
import { pad, slice, stack } from "../ops/movement.ts";
import { permuteBy, reshapeTo } from "../ops/views.ts";
import { checkShape, internShape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { commonFloat, perAxis, requireImages, sidesOf, windowCount, type PerAxis, type Sides } from "./options.ts";

/** Options of convolutions. */
export interface ConvOptions {
  /** Step of the window; 1 when left out. */
  readonly stride?: PerAxis;
  /** Zeros around the input; 0 when left out. */
  readonly padding?: Sides;
  /** Distance between kernel elements; 1 when left out. */
  readonly dilation?: PerAxis;
  /** Groups of channels that do not mix; 1 when left out. */
  readonly groups?: number;
}

/** A convolution per spatial axis, as the two-dimensional operation takes it. */
export interface Geometry {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly sides: readonly (readonly [number, number])[];
  readonly groups: number;
}

/** Checks what all convolutions share. */
export function geometryOf(name: string, options: ConvOptions, rank: number): Geometry {
  const { groups = 1 } = options;
  if (!Number.isInteger(groups) || groups < 1) {
    throw new ShapeError(`${name}: groups must be a positive integer (got ${show(groups)}).`);
  }
  return {
    stride: perAxis(name, "stride", options.stride, rank, 1, 1),
    dilation: perAxis(name, "dilation", options.dilation, rank, 1, 1),
    sides: sidesOf(name, options.padding, rank),
    groups,
  };
}

/** The geometry's last two axes; a missing one has a single position. */
export function planeAttr({ stride, dilation, sides, groups }: Geometry): Parameters<typeof convNode>[3] {
  const last2 = <T>(list: readonly T[], only: T): readonly [T, T] =>
    list.length === 1 ? [only, list[0]] : (list.slice(-2) as [T, T]);
  return {
    stride: last2(stride, 1),
    low: last2(
      sides.map(([before]) => before),
      0,
    ),
    dilation: last2(dilation, 1),
    inputDilation: [1, 1],
    groups,
  };
}

/** Checks arguments and returns the operands in their common type, the geometry and the spatial size of the result. */
function prepare(
  name: string,
  x: Tensor,
  w: Tensor,
  options: ConvOptions,
  rank: number,
): { x: Tensor; w: Tensor; geometry: Geometry; size: number[] } {
  requireImages(name, x, rank);
  requireImages(name, w, rank, "w");
  checkOptions(name, options, ["stride", "padding", "dilation", "groups"]);
  const dtype = commonFloat(name, x, w);
  const geometry = geometryOf(name, options, rank);
  const { groups } = geometry;
  const [channels, outputs] = [x.shape[1], w.shape[0]];
  if (channels % groups !== 0 || outputs % groups !== 0 || w.shape[1] * groups !== channels) {
    throw new ShapeError(
      `${name}: channels do not fit (got x ${showShape(x.shape)} and w ${showShape(w.shape)} with ${groups} groups, ` +
        `expected groups that divide the channels of both, and a second size of w of channels / groups).`,
    );
  }
  const size = geometry.stride.map((stride, a) =>
    windowCount(name, x.shape[a + 2], geometry.sides[a], geometry.dilation[a] * (w.shape[a + 2] - 1) + 1, stride),
  );
  return { x: cast(x, dtype), w: cast(w, dtype), geometry, size };
}

/**
 * `y[n,o,i] = sum_{c,k} x[n, c, i*stride + k*dilation - padding] * w[o,c,k]`: cross-correlation along one axis. With groups,
 * output channel o reads the channels of its group only. Uses fused multiply-add on the CPU where the engine has it (see
 * `configure({ precision })`).
 * @param x [batch, channels, length], f32 or f64
 * @param w [outputs, channels / groups, kernel length]
 * @returns [batch, outputs, floor((length + padding - dilation*(kernel-1) - 1) / stride) + 1]
 * @throws ShapeError when the shapes do not fit, DTypeError for integers, ArgumentError for bad options.
 * Cost: 2 * size(y) * channels/groups * kernel length operations.
 */
export function conv1d(x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor {
  const given = prepare("conv1d", x, w, options, 1);
  const y = convNode(asRow(given.x), asRow(given.w), [1, ...given.size], planeAttr(given.geometry));
  return reshapeTo(y, internShape([y.shape[0], y.shape[1], y.shape[3]]));
}

/** Images of one axis as images of height 1. */
export function asRow(x: Tensor): Tensor {
  return reshapeTo(x, internShape([x.shape[0], x.shape[1], 1, x.shape[2]]));
}

/**
 * The convolution {@link conv1d} over three axes. Computed as a two-dimensional one of every depth, whose channels are
 * the channels of all depths under the kernel.
 * @param x [batch, channels, depth, height, width], f32 or f64
 * @param w [outputs, channels / groups, kernel depth, kernel height, kernel width]
 * @throws ShapeError when the shapes do not fit, DTypeError for integers, ArgumentError for bad options.
 * Cost: 2 * size(y) * channels/groups * kernel size operations; memory for kernel depth / depth stride copies of x.
 */
export function conv3d(x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor {
  const given = prepare("conv3d", x, w, options, 3);
  const { geometry, size } = given;
  const [batch, channels, , ...plane] = x.shape;
  const [outputs, inner, taps, ...kernel] = w.shape;
  const [depth, ...out] = size;
  const [stride, dilation] = [geometry.stride[0], geometry.dilation[0]];
  // [batch, depth, channels, height, width]: all channels of one depth together.
  const planes = pad(permuteBy(given.x, [0, 2, 1, 3, 4]), [0, geometry.sides[0], 0, 0, 0]);
  const under = Array.from({ length: taps }, (_, k) => {
    const first = k * dilation;
    return slice(planes, [null, [first, first + (depth - 1) * stride + 1, stride]]);
  });
  const images = checkShape("conv3d", [batch * depth, channels * taps, ...plane]);
  const y = convNode(
    reshapeTo(stack(under, 3), images),
    reshapeTo(given.w, internShape([outputs, inner * taps, ...kernel])),
    out,
    planeAttr(geometry),
  );
  return permuteBy(reshapeTo(y, internShape([batch, depth, outputs, ...out])), [0, 2, 1, 3, 4]);
}
