/** The mean change of a quantised layer's outputs. */
import type { InputQuantizer } from "./inputs.ts";
import { rounded } from "./inputs.ts";
import type { LayerRows } from "./layerRows.ts";

/** The mean of some rows. */
function meanRow(values: ArrayLike<number>, columns: number): Float64Array {
  const mean = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) mean[i % columns] += values[i];
  const count = values.length / columns;
  return mean.map((sum) => sum / count);
}

/** What the layer multiplies its weight with: rows divided by the channels' scales and rounded by their segment's quantiser. */
function roundedRows(
  { columns, channels, values, times }: LayerRows,
  { bits, segments, channelScales }: InputQuantizer,
  segmentOf: (time: number) => number,
): Float64Array {
  const width = columns / channels;
  const found = new Float64Array(values.length);
  for (const [row, time] of times.entries()) {
    const x = values.slice(row * columns, (row + 1) * columns);
    const scaled = channelScales === undefined ? x : x.map((v, j) => v / channelScales[Math.floor(j / width)]);
    found.set(rounded(scaled, bits, segments[segmentOf(time)]), row * columns);
  }
  return found;
}

/**
 * E[Ŵx̂] − E[Wx] of every output channel over the rows.
 * @param weight [out, columns]
 * @param used what the layer multiplies with instead
 */
export function biasChange(
  weight: Float32Array,
  used: Float32Array,
  rows: LayerRows,
  input: InputQuantizer | undefined,
  segmentOf: (time: number) => number,
): Float64Array {
  const { columns, values } = rows;
  const before = meanRow(values, columns);
  const after = input === undefined ? before : meanRow(roundedRows(rows, input, segmentOf), columns);
  return Float64Array.from({ length: weight.length / columns }, (_, o) => {
    let change = 0;
    for (let j = 0; j < columns; j++) change += used[o * columns + j] * after[j] - weight[o * columns + j] * before[j];
    return change;
  });
}
