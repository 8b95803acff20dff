/** Running a float model over a calibration set, and what its layers' inputs say. */
import { treeEntries } from "@ansatz/tensor";
import type { Tree } from "@ansatz/tensor";
import type { LinearCall } from "@ansatz/nn";
import { dequantizeAffine, quantizeAffine } from "../formats/affine.ts";
import type { AffineParameters } from "../formats/affine.ts";
import type { IntegerType } from "../formats/integer.ts";
import type { ScaleAndZero } from "../formats/range.ts";
import { scaleOfRange } from "../formats/range.ts";
import { sqnr } from "../metrics.ts";
import type { Observer } from "../observers/base.ts";
import type { CalibrationSet } from "./calibration.ts";
import { calibrationBatch } from "./calibration.ts";
import type { SeenInput } from "./layerRows.ts";
import type { TimedNetwork } from "./network.ts";
import { walkLayers } from "./network.ts";

/** A model with what it is calibrated on. */
export interface Calibrated<P extends Tree> {
  readonly network: TimedNetwork<P>;
  readonly params: P;
  readonly set: CalibrationSet;
  readonly batch: number;
  /** Scales by which the channels of a layer's input are divided, where there are some. */
  readonly channelScales: ReadonlyMap<string, Float32Array>;
}

/** How the input of a layer is quantised. */
export interface InputQuantizer {
  readonly bits: number;
  /** One for each segment of the time axis. */
  readonly segments: readonly ScaleAndZero[];
  /** By which the channels are divided before; all 1 when left out. */
  readonly channelScales?: Float32Array;
}

/** Runs the float model over the set and hands out every layer's inputs. */
export async function forEachInput<P extends Tree>(
  { network, params, set, batch }: Calibrated<P>,
  visit: (path: string, seen: SeenInput) => void,
): Promise<void> {
  const [, leaf] = treeEntries(params)[0];
  const { device } = leaf;
  const dtype = leaf.dtype as "f32" | "f64";
  for (let from = 0; from < set.t.length; from += batch) {
    const to = Math.min(from + batch, set.t.length);
    const { x, time } = calibrationBatch(set, from, to, { dtype, device });
    const seen: (readonly [string, LinearCall])[] = [];
    const y = walkLayers(network, params, x, time, (path, call) => {
      seen.push([path, call]);
      return call.input;
    });
    await y.data();
    for (const [path, { kind, geometry, weight, input }] of seen) {
      visit(path, {
        values: (await input.data()) as Float32Array | Float64Array,
        shape: input.shape,
        call: { kind, geometry, weightShape: weight.shape },
        times: set.t.subarray(from, to),
      });
    }
  }
}

/** An input with its channels divided. */
function divided({ values, shape, call }: SeenInput, scales: Float32Array | undefined): ArrayLike<number> {
  if (scales === undefined) return values;
  const inner = call.kind === "dense" ? 1 : shape[2] * shape[3];
  return Float64Array.from(values, (v, i) => v / scales[Math.floor(i / inner) % scales.length]);
}

/** A scale and a zero point for the input of each layer that has bits for it. */
export async function calibrateInputs<P extends Tree>(
  model: Calibrated<P>,
  bits: ReadonlyMap<string, number>,
  make: (bits: number) => Observer,
): Promise<Map<string, ScaleAndZero>> {
  const precision = treeEntries(model.params)[0][1].dtype === "f64" ? "f64" : "f32";
  const observers = new Map(
    Array.from(bits, ([path, b]) => {
      const observer = make(b);
      const entry: { readonly observer: Observer; readonly bits: number; state: unknown } = {
        observer,
        bits: b,
        state: observer.init(),
      };
      return [path, entry] as const;
    }),
  );
  await forEachInput(model, (path, seen) => {
    const entry = observers.get(path);
    if (entry === undefined) return;
    const values = divided(seen, model.channelScales.get(path)) as Float64Array;
    entry.state = entry.observer.observe(entry.state, values);
  });
  return new Map(
    Array.from(observers, ([path, { observer, state, bits: b }]) => {
      const { min, max } = observer.range(state);
      return [path, scaleOfRange(min, max, { type: `u${b}` as IntegerType, precision })];
    }),
  );
}

/** What the codes of some inputs stand for, by one quantiser. */
export function rounded(values: ArrayLike<number>, bits: number, { scale, zeroPoint }: ScaleAndZero): Float32Array {
  const around: AffineParameters = { type: `u${bits}` as IntegerType, scale: [scale], zeroPoint: [zeroPoint] };
  const x = Float32Array.from(values);
  return dequantizeAffine(quantizeAffine(x, [x.length], around), [x.length], around);
}

/** Signal to noise of every layer's input on the first items, in the first segment. */
export async function inputReport<P extends Tree>(
  model: Calibrated<P>,
  inputs: ReadonlyMap<string, InputQuantizer>,
): Promise<Map<string, number>> {
  const { set, batch } = model;
  const first = Math.min(batch, set.t.length);
  const size = set.x.length / set.t.length;
  const part = { shape: set.shape, t: set.t.slice(0, first), x: set.x.slice(0, first * size) };
  const found = new Map<string, number>();
  await forEachInput({ ...model, set: part }, (path, seen) => {
    const entry = inputs.get(path);
    if (entry === undefined) return;
    const values = divided(seen, model.channelScales.get(path));
    found.set(path, sqnr(values as Float32Array, rounded(values, entry.bits, entry.segments[0])));
  });
  return found;
}
