/** Post-training quantisation of a diffusion model: weights and the inputs of all linear layers, without training. */
import { ArgumentError, checkOptions, treeEntries, treeMap, tensor } from "@ansatz/tensor";
import type { Tensor, Tree } from "@ansatz/tensor";
import { checkChoice, checkInteger, checkNumber } from "../check.ts";
import type { ScaleAndZero } from "../formats/range.ts";
import type { Observer } from "../observers/base.ts";
import { L24 } from "../observers/metric.ts";
import { metricObserver } from "../observers/streaming.ts";
import type { LayerMethod } from "../weights/base.ts";
import { biasChange } from "./biasCorrection.ts";
import { calibrationBatch } from "./calibration.ts";
import type { CalibrationSet } from "./calibration.ts";
import type { ChannelScales } from "./channelScales.ts";
import { channelScalesOf, scaledWeight } from "./channelScales.ts";
import type { Calibrated, InputQuantizer } from "./inputs.ts";
import { calibrateInputs, forEachInput, inputReport } from "./inputs.ts";
import type { LayerRows } from "./layerRows.ts";
import { addRows, emptyRows } from "./layerRows.ts";
import type { LayerInfo, TimedNetwork } from "./network.ts";
import { layersOf, pathsOf } from "./network.ts";
import { outputReport } from "./outputReport.ts";
import { segmentOf } from "./segments.ts";
import { channelsByMethod, quantizeChannels } from "./weights.ts";
import type { ChannelWeight, WeightScales } from "./weights.ts";

/** Bits of a layer; `"float"` leaves its weight or its input alone. */
export interface LayerBits {
  readonly weight: number | "float";
  readonly input: number | "float";
}

/** Options of {@link quantizeNetwork}. */
export interface PtqOptions {
  /** Bits of weights, 2…8. */
  readonly weightBits: number;
  /** Bits of the inputs of linear layers, 2…8. */
  readonly inputBits: number;
  /** Least bits of the first and the last layer; 8 when left out, 2 for no exception. */
  readonly edgeBits?: number;
  /** Decides about a layer; what the options above say when it is left out or returns undefined. */
  readonly layerBits?: (layer: LayerInfo, layers: readonly LayerInfo[]) => LayerBits | undefined;
  /** Finds the range of a layer's input; the L2.4 threshold search when left out. */
  readonly observer?: (bits: number) => Observer;
  /** `"searched"` when left out. */
  readonly weightScales?: WeightScales;
  /**
   * Finds the codes of a layer's weight with a look at its inputs, e.g. `gptqMethod()`, `polishedGptq`, `adaRoundMethod()`
   * or `bestMethod`; a function decides layer by layer. Rounding when left out or undefined.
   */
  readonly weightMethod?: LayerMethod | ((layer: LayerInfo) => LayerMethod | undefined);
  /**
   * Scales of the channels of layers' inputs, which move into the weights, where both are quantised: ranges for each
   * channel that cost integer arithmetic nothing but the division on the way in. None when left out.
   */
  readonly channelScales?: ChannelScales;
  /** Takes the mean change of every output channel, on the rows that are looked at, off the layer's bias; false when left out. */
  readonly biasCorrection?: boolean;
  /** Rows of inputs of each layer that the three options above look at; 512 when left out. */
  readonly samples?: number;
  /** Parts of the time axis with input ranges of their own; 1 when left out. */
  readonly segments?: number;
  /** Number of time steps T, needed for more than one segment. */
  readonly timeSteps?: number;
  /** Items that are run at once, 16 when left out. */
  readonly batch?: number;
}

/** What became of a layer. */
export interface LayerReport extends LayerInfo, LayerBits {
  /** Signal to quantisation noise of the weight in dB; Infinity when it is left alone. */
  readonly weightSqnr: number;
  /** The same of the layer's input on the first calibration items. */
  readonly inputSqnr: number;
  /** Bytes of the weight. */
  readonly bytes: number;
}

/** A quantised model. */
export interface QuantizedModel<P extends Tree = Tree> {
  readonly network: TimedNetwork<P>;
  /** Parameters with the weights that the codes stand for. */
  readonly params: P;
  readonly weights: ReadonlyMap<string, ChannelWeight>;
  /** For each layer with a quantised input, its quantiser in each segment. */
  readonly inputs: ReadonlyMap<string, InputQuantizer>;
  readonly layers: readonly LayerReport[];
  /** Signal to noise of the output in dB, against the float model, on up to four items spread over the calibration set. */
  readonly outputSqnr: number;
  readonly segments: number;
  readonly timeSteps: number;
  /** Bytes of all parameters: codes, scales, and float32 for what is not quantised. */
  readonly bytes: number;
  /** The same before quantisation. */
  readonly floatBytes: number;
}

const KEYS = (
  "weightBits inputBits edgeBits layerBits observer weightScales weightMethod channelScales biasCorrection samples " +
  "segments timeSteps batch"
).split(" ");

function bitsOf(layers: readonly LayerInfo[], options: PtqOptions): Map<string, LayerBits> {
  const { weightBits, inputBits, edgeBits = 8 } = options;
  for (const [field, bits] of Object.entries({ weightBits, inputBits, edgeBits })) {
    checkInteger("quantizeNetwork", field, bits, 2, 8);
  }
  return new Map(
    layers.map((layer) => {
      const edge = layer.index === 0 || layer.index === layers.length - 1;
      const least = edge ? edgeBits : 2;
      const standard = { weight: Math.max(weightBits, least), input: Math.max(inputBits, least) };
      const chosen = options.layerBits?.(layer, layers) ?? standard;
      for (const bits of [chosen.weight, chosen.input]) {
        if (bits !== "float") checkInteger("quantizeNetwork", `bits of ${layer.path}`, bits, 2, 8);
      }
      return [layer.path, chosen];
    }),
  );
}

/** The items of a set that belong to a segment; all of them where none does. */
function itemsOf(set: CalibrationSet, segment: number, segments: number, timeSteps: number): CalibrationSet {
  const chosen = Array.from(set.t.keys()).filter((i) => segmentOf(set.t[i], segments, timeSteps) === segment);
  if (chosen.length === 0 || chosen.length === set.t.length) return set;
  const size = set.x.length / set.t.length;
  return {
    shape: set.shape,
    t: Int32Array.from(chosen, (i) => set.t[i]),
    x: Float32Array.from(
      { length: chosen.length * size },
      (_, k) => set.x[chosen[Math.floor(k / size)] * size + (k % size)],
    ),
  };
}

/** Rows of the inputs of all layers with quantised weights or inputs. */
async function collectRows<P extends Tree>(
  model: Calibrated<P>,
  bits: ReadonlyMap<string, LayerBits>,
  samples: number,
): Promise<Map<string, LayerRows>> {
  const rows = new Map<string, LayerRows>();
  const perItem = Math.ceil(samples / model.set.t.length);
  await forEachInput(model, (path, seen) => {
    const { weight, input } = bits.get(path) ?? { weight: "float", input: "float" };
    if (weight === "float" && input === "float") return;
    const collected = rows.get(path) ?? emptyRows(path, seen);
    rows.set(path, collected);
    addRows(collected, seen, perItem);
  });
  return rows;
}

/**
 * PTQ4DM of a model: weights symmetric with a scale for each output channel, the input of every linear layer with a scale
 * and a zero point found on the calibration set, which runs through the float model. First and last layer have at least
 * 8 bits; the model's output is never quantised. Nothing is trained. At the end the quantised model is run beside the float
 * one on some items of the set, and `outputSqnr` says how near it is.
 *
 * With `segments` > 1 the time axis is cut into equal parts with input ranges of their own. `weightMethod`,
 * `channelScales` and `biasCorrection` go beyond the paper: they look at rows of the layers' inputs (of convolutions, at
 * patches), for which convolutions may have no groups.
 * @throws ArgumentError for bits outside 2…8, a set without items, layers that `layerBits` gives other bits, and
 * convolutions in groups with the options named above
 * @see Shang et al. 2023 (PTQ4DM); So et al. 2023 (TDQ) for ranges that depend on time; Nagel et al. 2019 for biases
 */
export async function quantizeNetwork<P extends Tree>(
  network: TimedNetwork<P>,
  params: P,
  set: CalibrationSet,
  options: PtqOptions,
): Promise<QuantizedModel<P>> {
  const name = "quantizeNetwork";
  checkOptions(name, options, KEYS);
  const { segments = 1, timeSteps = Infinity, batch = 16, weightScales = "searched", samples = 512 } = options;
  const { channelScales: kind, weightMethod, biasCorrection = false } = options;
  checkInteger(name, "segments", segments, 1);
  checkInteger(name, "batch", batch, 1);
  checkInteger(name, "samples", samples, 1);
  checkChoice(name, "weightScales", weightScales, ["largest", "searched"]);
  if (typeof biasCorrection !== "boolean") {
    throw new ArgumentError(
      `${name}: biasCorrection is no flag (got ${String(biasCorrection)}, expected true or false).`,
    );
  }
  if (kind !== undefined && kind !== "awq") checkNumber(name, 'channelScales (or "awq")', kind, 0, 1);
  if (segments > 1) checkInteger(name, "timeSteps (needed for segments)", timeSteps, segments);
  if (set.t.length === 0)
    throw new ArgumentError(`${name}: the calibration set is empty (got 0 items, expected at least 1).`);
  const leaves = treeEntries(params);
  const [, leaf] = leaves[0];
  const one = calibrationBatch(set, 0, 1, { dtype: leaf.dtype as "f32" | "f64", device: leaf.device });
  const layers = layersOf(network, params, one.x, one.time);
  const bits = bitsOf(layers, options);

  const channelScales = new Map<string, Float32Array>();
  const model: Calibrated<P> = { network, params, set, batch, channelScales };
  const looks = kind !== undefined || weightMethod !== undefined || biasCorrection;
  const rows = looks ? await collectRows(model, bits, samples) : new Map<string, LayerRows>();
  const paths = pathsOf(params);
  const floats = new Map<string, Float32Array>();
  for (const [t, path] of paths) {
    if (!layers.some((layer) => layer.path === path && layer.shape.join() === t.shape.join())) continue;
    const { weight, input } = bits.get(path) as LayerBits;
    const values = Float32Array.from(await t.data());
    floats.set(path, values);
    if (kind === undefined || weight === "float" || input === "float") continue;
    channelScales.set(path, channelScalesOf(kind, values, rows.get(path) as LayerRows, weight));
  }

  const inputs = new Map<string, InputQuantizer & { readonly segments: ScaleAndZero[] }>();
  const make = options.observer ?? ((b: number): Observer => metricObserver({ bits: b, metric: L24 }) as Observer);
  const inputBits = new Map(
    Array.from(bits).flatMap(([path, { input }]) => (input === "float" ? [] : [[path, input] as const])),
  );
  for (let segment = 0; segment < segments; segment++) {
    const items = itemsOf(set, segment, segments, timeSteps);
    for (const [path, quantizer] of await calibrateInputs({ ...model, set: items }, inputBits, make)) {
      const scales = channelScales.get(path);
      const entry = inputs.get(path) ?? {
        bits: inputBits.get(path) as number,
        segments: [],
        ...(scales === undefined ? {} : { channelScales: scales }),
      };
      entry.segments.push(quantizer);
      inputs.set(path, entry);
    }
  }

  const weights = new Map<string, ChannelWeight>();
  const replaced = new Map<Tensor, Tensor>();
  const put = (t: Tensor, values: Float32Array): void => {
    replaced.set(t, tensor(values, { shape: t.shape, dtype: t.dtype as "f32", device: t.device }));
  };
  for (const [t, path] of paths) {
    const original = floats.get(path);
    if (original === undefined) continue;
    const layer = layers.find((candidate) => candidate.path === path) as LayerInfo;
    const { weight: weightBits } = bits.get(path) as LayerBits;
    const seen = rows.get(path);
    const scales = channelScales.get(path);
    let used = original;
    if (weightBits !== "float") {
      const scaled = scales === undefined ? original : scaledWeight(original, seen as LayerRows, scales);
      const method = typeof weightMethod === "function" ? weightMethod(layer) : weightMethod;
      const quantized =
        method === undefined
          ? quantizeChannels(scaled, t.shape, weightBits, weightScales)
          : await channelsByMethod(method, scaled, seen as LayerRows, { bits: weightBits, weightScales, scales });
      weights.set(path, quantized);
      used = quantized.values;
      put(t, quantized.values);
    }
    const bias = leaves.find(([at]) => at === (path === "" ? "bias" : `${path}.bias`))?.[1];
    if (!biasCorrection || bias === undefined || seen === undefined) continue;
    const input = inputs.get(path);
    const change = biasChange(original, used, seen, input, (time) => segmentOf(time, segments, timeSteps));
    put(
      bias,
      Float32Array.from(await bias.data(), (v, i) => v - change[i]),
    );
  }
  const noise = await inputReport(model, inputs);
  const sizes = leaves.map(([, t]) => 4 * t.size);
  const saved = layers.reduce((sum, { path, shape }) => {
    const quantized = weights.get(path);
    return quantized === undefined ? sum : sum + 4 * shape.reduce((a, b) => a * b, 1) - quantized.bytes;
  }, 0);
  const extra = Array.from(channelScales.values()).reduce((sum, scales) => sum + scales.byteLength, 0);
  const floatBytes = sizes.reduce((a, b) => a + b, 0);
  const quantized = {
    network,
    params: treeMap((t: Tensor) => replaced.get(t) ?? t, params),
    inputs,
    segments,
    timeSteps,
  };
  return {
    ...quantized,
    weights,
    outputSqnr: await outputReport(quantized, params, set),
    layers: layers.map((layer) => ({
      ...layer,
      ...(bits.get(layer.path) as LayerBits),
      weightSqnr: weights.get(layer.path)?.sqnr ?? Infinity,
      inputSqnr: noise.get(layer.path) ?? Infinity,
      bytes: weights.get(layer.path)?.bytes ?? 4 * layer.shape.reduce((a, b) => a * b, 1),
    })),
    bytes: floatBytes - saved + extra,
    floatBytes,
  };
}
