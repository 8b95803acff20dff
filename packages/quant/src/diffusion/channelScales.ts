/** Scales of input channels: inputs are divided by them, and the weight's columns multiplied. */
import { meanAbsolute } from "../weights/awq.ts";
import type { LinearLayer } from "../weights/layer.ts";
import { outputError } from "../weights/layer.ts";
import type { LayerRows } from "./layerRows.ts";
import { quantizeChannels } from "./weights.ts";

/**
 * How the scales s of input channels are chosen. A number α in [0, 1]: those of SmoothQuant,
 * s_c = max|X_c|^α / max|W_c|^(1−α); with α = 1 every channel has a range of its own. `"awq"`: of s_c = mean|X_c|^(i/20),
 * i = 0…19, the ones whose rounded weights change the outputs least.
 */
export type ChannelScales = number | "awq";

/** Smallest scale. */
const FLOOR = 1e-5;
const POWERS = 20;

/** Largest absolute value of each channel of a matrix whose rows hold all channels. */
function largestOf(x: ArrayLike<number>, { columns, channels }: LayerRows): Float64Array {
  const largest = new Float64Array(channels);
  const width = columns / channels;
  for (let i = 0; i < x.length; i++) {
    const c = Math.floor((i % columns) / width);
    largest[c] = Math.max(largest[c], Math.abs(x[i]));
  }
  return largest;
}

/** The weight with its columns multiplied. */
export function scaledWeight(weight: ArrayLike<number>, rows: LayerRows, scales: Float32Array): Float32Array {
  const width = rows.columns / rows.channels;
  return Float32Array.from(weight, (w, i) => w * scales[Math.floor((i % rows.columns) / width)]);
}

/** Scales of a layer whose weight is `weight` [out, columns]. */
export function channelScalesOf(
  kind: ChannelScales,
  weight: Float32Array,
  rows: LayerRows,
  bits: number,
): Float32Array<ArrayBuffer> {
  const { columns, channels, values } = rows;
  const largestWeight = largestOf(weight, rows);
  if (typeof kind === "number") {
    const largest = largestOf(values, rows);
    return Float32Array.from(largest, (x, c) => {
      const w = largestWeight[c];
      return x === 0 || w === 0 ? 1 : Math.max(x ** kind / w ** (1 - kind), FLOOR);
    });
  }
  const width = columns / channels;
  const means = meanAbsolute(values, columns);
  const a = Float64Array.from({ length: channels }, (_, c) =>
    means.subarray(c * width, (c + 1) * width).reduce((sum, v) => sum + v / width, 0),
  );
  const layer: LinearLayer = { rows: weight.length / columns, columns, weight, inputs: Float64Array.from(values) };
  let best = new Float32Array(channels).fill(1);
  let least = Infinity;
  for (let i = 0; i < POWERS; i++) {
    const raw = a.map((v) => Math.max(v ** (i / POWERS), 1e-4));
    const norm = Math.sqrt(Math.max(...raw) * Math.min(...raw));
    const scales = Float32Array.from(raw, (v) => v / norm);
    const scaled = scaledWeight(weight, rows, scales);
    const rounded = quantizeChannels(scaled, [layer.rows, columns], bits, "largest").values;
    const error = outputError(
      layer,
      scaledWeight(
        rounded,
        rows,
        scales.map((s) => 1 / s),
      ),
    );
    if (error < least) [least, best] = [error, scales];
  }
  return best;
}
