/** What the scheduler classes share. */
import { ArgumentError } from "@ansatz/tensor";
import type { Level } from "../../level.ts";
import type { Prediction } from "../../predictions/table.ts";
import type { PlannedSampler } from "../../samplers/base.ts";
import type { Schedule } from "../../schedules/base.ts";
import type { ConfigReader } from "./config.ts";

/** What a class decides. */
export interface Prepared {
  readonly sampler: PlannedSampler;
  readonly levels: readonly Level[];
  readonly schedule?: Schedule;
  readonly predict: Prediction;
  readonly initialScale: number;
  /** x0 is clipped to this range, and what else is needed follows from it. */
  readonly clip?: number;
  readonly threshold?: { readonly ratio: number; readonly max: number };
  /** The network predicts the opposite of `predict`. */
  readonly negated?: boolean;
  readonly edm?: { readonly sigmaData: number; readonly sign: 1 | -1 };
  /** From the level's time to the number that the network is told. */
  readonly timeOf?: (time: number) => number;
  readonly differences?: readonly string[];
}

/** What is not in the configuration. */
export interface Call {
  readonly steps: number;
  readonly eta?: number;
  readonly mu?: number;
}

/** Reads a configuration. */
export type Build = (config: ConfigReader, call: Call) => Prepared;

const PREDICTIONS: Record<string, Prediction> = {
  epsilon: "epsilon",
  sample: "x0",
  v_prediction: "v",
  flow_prediction: "flow",
};

/** What the network predicts. */
export function prediction(
  config: ConfigReader,
  allowed: readonly string[] = ["epsilon", "sample", "v_prediction"],
): Prediction {
  return PREDICTIONS[config.word("prediction_type", "epsilon", allowed)];
}

/** Dynamic thresholding, where it is switched on. */
export function thresholding(config: ConfigReader): Prepared["threshold"] {
  const on = config.flag("thresholding", false);
  const ratio = config.number("dynamic_thresholding_ratio", 0.995);
  const max = config.number("sample_max_value", 1);
  return on ? { ratio, max } : undefined;
}

/** The range of clipping, where it is switched on. */
export function clipRange(config: ConfigReader, standard: boolean): number | undefined {
  const on = config.flag("clip_sample", standard);
  const range = config.number("clip_sample_range", 1);
  return on ? range : undefined;
}

/** `e^mu` with dynamic shifting. */
export function dynamicShift(config: ConfigReader, mu: number | undefined): number | undefined {
  const on = config.flag("use_dynamic_shifting", false);
  config.word("time_shift_type", "exponential", ["exponential", "linear"]);
  if (!on) {
    if (mu === undefined) return undefined;
    throw new ArgumentError(`fromDiffusersConfig: mu needs use_dynamic_shifting (got ${mu}). Leave it out.`);
  }
  if (mu === undefined) {
    throw new ArgumentError("fromDiffusersConfig: dynamic shifting needs mu (got none). Pass it as the pipeline does.");
  }
  return config.word("time_shift_type", "exponential", ["exponential", "linear"]) === "linear" ? mu : Math.exp(mu);
}
