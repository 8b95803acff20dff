/** The denoiser of digits in few bits: calibration, quantisation, and the denoiser that follows. */
import { loadParameters, type UNetParams } from "@ansatz/nn";
import {
  collectCalibration,
  quantizedFunction,
  quantizeNetwork,
  type CalibrationSet,
  type PtqOptions,
  type QuantizedModel,
  type TimePolicy,
} from "@ansatz/quant";
import { ddim, type PredictingDenoiser } from "@ansatz/samplers";
import { clip, div, mul, sub } from "@ansatz/tensor";
import { key, type Key } from "@ansatz/tensor/random";
import { readAsset } from "../../assets.ts";
import { DIGIT_SIZE } from "../../data/digits.ts";
import { digitGrid, makeDenoiser } from "../../models/denoiser.ts";
import { digitNetwork, digitSchedule } from "../../models/digitDenoiser.ts";

/** Shape of one picture. */
export const PICTURE: readonly number[] = [1, DIGIT_SIZE, DIGIT_SIZE];

/** The parameters of the shipped network. */
export async function digitParameters(device: string): Promise<UNetParams> {
  const { params } = loadParameters(await readAsset("digits"), digitNetwork().init(key(0)), { device });
  return params;
}

/** States of the network's own sampling (25 steps of DDIM) at the time steps of a policy: needs no data. */
export function calibrateDigits(
  params: UNetParams,
  options: { readonly n: number; readonly times: TimePolicy; readonly key: Key },
): Promise<CalibrationSet> {
  const prepared = digitGrid("time-uniform").levels(25);
  return collectCalibration({
    ...options,
    source: { mode: "backward", denoiser: makeDenoiser(params), sampler: ddim(), levels: prepared },
    shape: PICTURE,
    schedule: digitSchedule(),
  });
}

/** Quantises the network. */
export function quantizeDigits(
  params: UNetParams,
  set: CalibrationSet,
  options: PtqOptions,
): Promise<QuantizedModel<UNetParams>> {
  return quantizeNetwork(digitNetwork(), params, set, options);
}

/** The quantised network as a denoiser, its pictures clipped like those of the float one. */
export function quantizedDigitDenoiser(model: QuantizedModel<UNetParams>): PredictingDenoiser {
  const noiseOf = quantizedFunction(model);
  return {
    predict: "x0",
    clips: true,
    call(x, { time, alpha, sigma }) {
      if (time === undefined)
        throw new Error("denoiser: the level has no time (expected one of the schedule's levels).");
      using noise = noiseOf(x, time);
      return clip(div(sub(x, mul(noise, sigma)), alpha), -1, 1);
    },
  };
}
