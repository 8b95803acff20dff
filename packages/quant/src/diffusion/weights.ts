/** Weights of a network in few bits: one symmetric scale for each output channel. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import { dequantizeAffine, quantizeAffine } from "../formats/affine.ts";
import type { IntegerType } from "../formats/integer.ts";
import { integerRange } from "../formats/integer.ts";
import { fitAffine } from "../formats/range.ts";
import { sqnr } from "../metrics.ts";
import { clamp, roundHalfEven } from "../numbers.ts";
import type { LayerMethod } from "../weights/base.ts";
import type { LayerRows } from "./layerRows.ts";

/** How the scale of a channel is found: from its largest weight, or the one of 81 smaller ones with the least |·|^2.4. */
export type WeightScales = "largest" | "searched";

/** A quantised weight of a network. */
export interface ChannelWeight {
  readonly type: IntegerType;
  readonly codes: Int8Array;
  /** One for each output channel. */
  readonly scale: Float32Array;
  /** What the codes stand for. */
  readonly values: Float32Array<ArrayBuffer>;
  /** Signal to quantisation noise in dB. */
  readonly sqnr: number;
  /** Bytes of codes without gaps and of float32 scales. */
  readonly bytes: number;
}

/** The scale maxabs·i/(100·hi), i = 100, 99, …, 20, that makes Σ|w − ŵ|^2.4 of a channel smallest. */
function searchedScale(w: Float32Array, hi: number): number {
  const largest = w.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  if (largest < 2 ** -100) return 1;
  let [best, least] = [1, Infinity];
  for (let i = 100; i >= 20; i--) {
    const s = Math.fround((largest * i) / (100 * hi));
    let error = 0;
    for (const v of w) error += Math.abs(v - s * clamp(roundHalfEven(v / s), -hi - 1, hi)) ** 2.4;
    if (error < least) [best, least] = [s, error];
  }
  return best;
}

/** Quantises a weight whose first axis are the output channels. Throws for bits outside 2…8. */
export function quantizeChannels(
  weight: Float32Array,
  shape: readonly number[],
  bits: number,
  scales: WeightScales,
): ChannelWeight {
  checkInteger("quantizeChannels", "bits", bits, 2, 8);
  const type = `i${bits}` as IntegerType;
  const granularity = { per: "channel", axis: 0 } as const;
  const fitted = fitAffine(weight, shape, { type, symmetric: true, granularity });
  const { hi } = integerRange("quantizeChannels", type);
  const width = weight.length / shape[0];
  const scale = Float32Array.from(fitted.scale, (s, c) =>
    scales === "largest" ? s : searchedScale(weight.subarray(c * width, (c + 1) * width), hi),
  );
  const parameters = { ...fitted, scale };
  const codes = quantizeAffine(weight, shape, parameters) as Int8Array;
  const values = dequantizeAffine(codes, shape, parameters);
  const bytes = Math.ceil((codes.length * bits) / 8) + scale.byteLength;
  return { type, codes, scale, values, sqnr: sqnr(weight, values), bytes };
}

/**
 * The same by a method that looks at inputs: its symmetric grid has the code 2ᵇ⁻¹ for zero, which becomes 0 here.
 * @param weight [out, columns], already multiplied by the scales of its input channels
 * @param rows inputs of the layer, not yet divided by them
 */
export async function channelsByMethod(
  method: LayerMethod,
  weight: Float32Array,
  rows: LayerRows,
  { bits, weightScales, scales }: { bits: number; weightScales: WeightScales; scales: Float32Array | undefined },
): Promise<ChannelWeight> {
  const { columns, channels } = rows;
  const width = columns / channels;
  const inputs = Float64Array.from(rows.values, (v, i) =>
    scales === undefined ? v : v / scales[Math.floor((i % columns) / width)],
  );
  const out = weight.length / columns;
  const layer = { rows: out, columns, weight, inputs };
  const found = await method.quantize(layer, { bits, symmetric: true, shrink: weightScales === "searched" });
  const middle = 2 ** (bits - 1);
  if (found.scale.length !== out || found.zeroPoint.some((zero) => zero !== middle)) {
    throw new ArgumentError(
      `quantizeNetwork: ${method.name} does not give one symmetric scale for each output channel (got ${found.scale.length} scales for ${out}).`,
    );
  }
  const codes = Int8Array.from(found.codes, (code) => code - middle);
  const scale = Float32Array.from(found.scale);
  const values = Float32Array.from(codes, (code, i) => code * scale[Math.floor(i / columns)]);
  const bytes = Math.ceil((codes.length * bits) / 8) + scale.byteLength;
  return { type: `i${bits}` as IntegerType, codes, scale, values, sqnr: sqnr(weight, values), bytes };
}
