/** What a linear layer multiplies its weight with: rows of its inputs, taken while the model runs. */
import { ArgumentError } from "@ansatz/tensor";
import type { ConvGeometry, LinearCall } from "@ansatz/nn";

/** Rows [n, columns] of a layer's inputs, in the order of the columns of its weight, and the times that they belong to. */
export interface LayerRows {
  readonly columns: number;
  /** Input channels; the columns of a channel stand together. */
  readonly channels: number;
  readonly values: number[];
  readonly times: number[];
}

/** Inputs of a layer as numbers. */
export interface SeenInput {
  readonly values: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly call: Pick<LinearCall, "kind" | "geometry"> & { readonly weightShape: readonly number[] };
  /** One time for each item of the batch. */
  readonly times: ArrayLike<number>;
}

/** An index before the start or behind the end of an axis, mirrored at its ends; -1 where the border is zero. */
function inside(index: number, size: number, mode: ConvGeometry["paddingMode"]): number {
  if (index >= 0 && index < size) return index;
  if (mode === "zeros") return -1;
  return index < 0 ? -index : 2 * (size - 1) - index;
}

/** The patch of an output position, appended to `to`. */
function pushPatch(to: number[], { values, shape, call }: SeenInput, item: number, position: number): void {
  const [, channels, height, width] = shape;
  const [, , kh, kw] = call.weightShape;
  const { stride, padding, paddingMode, dilation } = call.geometry as ConvGeometry;
  const outWidth = Math.floor((width + 2 * padding[1] - dilation[1] * (kw - 1) - 1) / stride[1]) + 1;
  const [oy, ox] = [Math.floor(position / outWidth), position % outWidth];
  for (let c = 0; c < channels; c++) {
    for (let dy = 0; dy < kh; dy++) {
      const y = inside(oy * stride[0] + dy * dilation[0] - padding[0], height, paddingMode);
      for (let dx = 0; dx < kw; dx++) {
        const x = inside(ox * stride[1] + dx * dilation[1] - padding[1], width, paddingMode);
        to.push(y < 0 || x < 0 ? 0 : values[((item * channels + c) * height + y) * width + x]);
      }
    }
  }
}

/** Number of positions at which the layer is applied to an item. */
function positionsOf({ values, shape, call, times }: SeenInput): number {
  if (call.kind === "dense") return values.length / shape[shape.length - 1] / times.length;
  const { stride, padding, dilation } = call.geometry as ConvGeometry;
  return [0, 1].reduce((n, d) => {
    const reach = dilation[d] * (call.weightShape[2 + d] - 1) + 1;
    return n * (Math.floor((shape[2 + d] + 2 * padding[d] - reach) / stride[d]) + 1);
  }, 1);
}

/** An empty collection for a layer. Throws for convolutions in groups, whose rows belong to parts of the weight. */
export function emptyRows(path: string, { call }: Pick<SeenInput, "call">): LayerRows {
  if (call.kind === "conv2d" && call.geometry?.groups !== 1) {
    throw new ArgumentError(
      `quantizeNetwork: methods that look at inputs need convolutions without groups (got ${call.geometry?.groups} at ${path}). Leave the layer to rounding.`,
    );
  }
  const [, channels, ...kernel] = call.weightShape;
  return { columns: kernel.reduce((a, b) => a * b, channels), channels, values: [], times: [] };
}

/** Adds up to `perItem` rows of every item, spread over its positions (a low-discrepancy sequence). */
export function addRows(rows: LayerRows, seen: SeenInput, perItem: number): void {
  const positions = positionsOf(seen);
  const count = Math.min(perItem, positions);
  for (let item = 0; item < seen.times.length; item++) {
    for (let k = 0; k < count; k++) {
      const shift = (rows.times.length * 0.618034) % 1;
      const position = Math.floor(((k + shift) * positions) / count);
      if (seen.call.kind === "conv2d") pushPatch(rows.values, seen, item, position);
      else {
        const start = (item * positions + position) * rows.columns;
        for (let j = 0; j < rows.columns; j++) rows.values.push(seen.values[start + j]);
      }
      rows.times.push(seen.times[item]);
    }
  }
}
