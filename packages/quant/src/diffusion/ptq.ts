/** Post-training quantisation of a diffusion model: weights and the inputs of all linear layers, without training. */
import { ArgumentError, checkOptions, treeEntries, treeMap, tensor } from "@ansatz/tensor";
import type { Tensor, Tree } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";
import { dequantizeAffine, quantizeAffine } from "../formats/affine.ts";
import type { IntegerType } from "../formats/integer.ts";
import type { ScaleAndZero } from "../formats/range.ts";
import { scaleOfRange } from "../formats/range.ts";
import { sqnr } from "../metrics.ts";
import type { Observer } from "../observers/base.ts";
import { L24 } from "../observers/metric.ts";
import { metricObserver } from "../observers/streaming.ts";
import { calibrationBatch } from "./calibration.ts";
import type { CalibrationSet } from "./calibration.ts";
import type { LayerInfo, TimedNetwork } from "./network.ts";
import { layersOf, pathsOf, walkLayers } from "./network.ts";
import { quantizeChannels } from "./weights.ts";
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
  readonly inputs: ReadonlyMap<string, { readonly bits: number; readonly segments: readonly ScaleAndZero[] }>;
  readonly layers: readonly LayerReport[];
  readonly segments: number;
  readonly timeSteps: number;
  /** Bytes of all parameters: codes, scales, and float32 for what is not quantised. */
  readonly bytes: number;
  /** The same before quantisation. */
  readonly floatBytes: number;
}

const KEYS = "weightBits inputBits edgeBits layerBits observer weightScales segments timeSteps batch".split(" ");

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

/** The segment of a time. */
export function segmentOf(time: number, segments: number, timeSteps: number): number {
  return Math.min(segments - 1, Math.max(0, Math.floor((time * segments) / timeSteps)));
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

/** Runs the float model over a set and hands out every layer's inputs. */
async function forEachInput<P extends Tree>(
  network: TimedNetwork<P>,
  params: P,
  set: CalibrationSet,
  batch: number,
  visit: (path: string, values: Float32Array | Float64Array) => void,
): Promise<void> {
  const [, leaf] = treeEntries(params)[0];
  const { device } = leaf;
  const dtype = leaf.dtype as "f32" | "f64";
  for (let from = 0; from < set.t.length; from += batch) {
    const { x, time } = calibrationBatch(set, from, Math.min(from + batch, set.t.length), { dtype, device });
    const seen: (readonly [string, Tensor])[] = [];
    const y = walkLayers(network, params, x, time, (path, { input }) => {
      seen.push([path, input]);
      return input;
    });
    await y.data();
    for (const [path, input] of seen) visit(path, (await input.data()) as Float32Array | Float64Array);
  }
}

/** Input quantisers of one segment. */
async function calibrateInputs<P extends Tree>(
  network: TimedNetwork<P>,
  params: P,
  set: CalibrationSet,
  bits: ReadonlyMap<string, LayerBits>,
  options: PtqOptions,
): Promise<Map<string, ScaleAndZero>> {
  const make = options.observer ?? ((b: number): Observer => metricObserver({ bits: b, metric: L24 }) as Observer);
  const precision = treeEntries(params)[0][1].dtype === "f64" ? "f64" : "f32";
  const observers = new Map<string, { readonly observer: Observer; state: unknown; readonly bits: number }>();
  for (const [path, { input }] of bits) {
    if (input === "float") continue;
    const observer = make(input);
    observers.set(path, { observer, state: observer.init(), bits: input });
  }
  await forEachInput(network, params, set, options.batch ?? 16, (path, values) => {
    const entry = observers.get(path);
    if (entry !== undefined) entry.state = entry.observer.observe(entry.state, values);
  });
  return new Map(
    Array.from(observers, ([path, { observer, state, bits: b }]) => {
      const { min, max } = observer.range(state);
      return [path, scaleOfRange(min, max, { type: `u${b}` as IntegerType, precision })];
    }),
  );
}

/** Signal to noise of every layer's input on the first items. */
async function inputReport<P extends Tree>(
  network: TimedNetwork<P>,
  params: P,
  set: CalibrationSet,
  inputs: QuantizedModel["inputs"],
  batch: number,
): Promise<Map<string, number>> {
  const first = Math.min(batch, set.t.length);
  const size = set.x.length / set.t.length;
  const part = { shape: set.shape, t: set.t.slice(0, first), x: set.x.slice(0, first * size) };
  const found = new Map<string, number>();
  await forEachInput(network, params, part, batch, (path, values) => {
    const entry = inputs.get(path);
    if (entry === undefined) return;
    const [{ scale, zeroPoint }] = entry.segments;
    const parameters = { type: `u${entry.bits}` as IntegerType, scale: [scale], zeroPoint: [zeroPoint] };
    const shape = [values.length];
    found.set(path, sqnr(values, dequantizeAffine(quantizeAffine(values, shape, parameters), shape, parameters)));
  });
  return found;
}

/**
 * PTQ4DM of a model: weights symmetric with a scale for each output channel, the input of every linear layer with a scale
 * and a zero point found on the calibration set, which runs through the float model. First and last layer have at least
 * 8 bits; the model's output is never quantised. Nothing is trained.
 *
 * With `segments` > 1 the time axis is cut into equal parts with input ranges of their own.
 * @throws ArgumentError for bits outside 2…8, a set without items, and layers that `layerBits` gives other bits
 * @see Shang et al. 2023 (PTQ4DM); So et al. 2023 (TDQ) for ranges that depend on time
 */
export async function quantizeNetwork<P extends Tree>(
  network: TimedNetwork<P>,
  params: P,
  set: CalibrationSet,
  options: PtqOptions,
): Promise<QuantizedModel<P>> {
  const name = "quantizeNetwork";
  checkOptions(name, options, KEYS);
  const { segments = 1, timeSteps = Infinity, batch = 16, weightScales = "searched" } = options;
  checkInteger(name, "segments", segments, 1);
  checkInteger(name, "batch", batch, 1);
  checkChoice(name, "weightScales", weightScales, ["largest", "searched"]);
  if (segments > 1) checkInteger(name, "timeSteps (needed for segments)", timeSteps, segments);
  if (set.t.length === 0)
    throw new ArgumentError(`${name}: the calibration set is empty (got 0 items, expected at least 1).`);
  const [, leaf] = treeEntries(params)[0];
  const one = calibrationBatch(set, 0, 1, { dtype: leaf.dtype as "f32" | "f64", device: leaf.device });
  const layers = layersOf(network, params, one.x, one.time);
  const bits = bitsOf(layers, options);

  const inputs = new Map<string, { bits: number; segments: ScaleAndZero[] }>();
  for (let segment = 0; segment < segments; segment++) {
    const items = itemsOf(set, segment, segments, timeSteps);
    for (const [path, quantizer] of await calibrateInputs(network, params, items, bits, options)) {
      const entry = inputs.get(path) ?? { bits: bits.get(path)?.input as number, segments: [] };
      entry.segments.push(quantizer);
      inputs.set(path, entry);
    }
  }

  const paths = pathsOf(params);
  const weights = new Map<string, ChannelWeight>();
  const replaced = new Map<Tensor, Tensor>();
  for (const [t, path] of paths) {
    const weightBits = bits.get(path)?.weight;
    if (weightBits === undefined || weightBits === "float") continue;
    if (!layers.some((layer) => layer.path === path && layer.shape.join() === t.shape.join())) continue;
    const quantized = quantizeChannels(Float32Array.from(await t.data()), t.shape, weightBits, weightScales);
    weights.set(path, quantized);
    replaced.set(t, tensor(quantized.values, { shape: t.shape, dtype: t.dtype as "f32", device: t.device }));
  }
  const noise = await inputReport(network, params, set, inputs, batch);
  const sizes = treeEntries(params).map(([, t]) => 4 * t.size);
  const saved = layers.reduce((sum, { path, shape }) => {
    const quantized = weights.get(path);
    return quantized === undefined ? sum : sum + 4 * shape.reduce((a, b) => a * b, 1) - quantized.bytes;
  }, 0);
  const floatBytes = sizes.reduce((a, b) => a + b, 0);
  return {
    network,
    params: treeMap((t: Tensor) => replaced.get(t) ?? t, params),
    weights,
    inputs,
    layers: layers.map((layer) => ({
      ...layer,
      ...(bits.get(layer.path) as LayerBits),
      weightSqnr: weights.get(layer.path)?.sqnr ?? Infinity,
      inputSqnr: noise.get(layer.path) ?? Infinity,
      bytes: weights.get(layer.path)?.bytes ?? 4 * layer.shape.reduce((a, b) => a * b, 1),
    })),
    segments,
    timeSteps,
    bytes: floatBytes - saved,
    floatBytes,
  };
}
