/**
 * A plan: everything a sampler with fixed levels will do, as data. It is a straight list of instructions over numbered
 * values, each value written once; all coefficients are f64 numbers known before the first model call.
 *
 * Because a plan is data, one runner serves every such sampler, the number of model calls is exact beforehand, a run
 * can stop and resume at any instruction, memory is freed at each value's last use, and the coefficients can be tested
 * without tensors.
 */
import type { Tensor } from "@ansatz/tensor";
import type { Level } from "../level.ts";
import type { Prediction } from "../predictions/table.ts";

/** Number of a value; 0 is the initial noisy signal, 1 and on the plan's further inputs. */
export type Value = number;

/** A summand `coefficient * value`. */
export type Term = readonly [coefficient: number, value: Value];

/** Ask the model at `x`. */
export interface Evaluate {
  readonly op: "evaluate";
  readonly x: Value;
  readonly level: Level;
  /** What the sampler wants to be given. */
  readonly predict: Prediction;
  readonly into: Value;
}

/** Draw standard normal noise for the step from one level to the next. */
export interface Draw {
  readonly op: "noise";
  /** Number of the step, from 0. */
  readonly step: number;
  readonly from: Level;
  readonly to: Level;
  readonly into: Value;
}

/** Compute a linear combination. */
export interface Combine {
  readonly op: "combine";
  readonly terms: readonly Term[];
  readonly into: Value;
}

/** Compute something that is not linear. */
export interface Transform {
  readonly op: "transform";
  /** What it computes, for people. */
  readonly name: string;
  readonly arguments: readonly Value[];
  readonly compute: TransformFunction;
  readonly into: Value;
}

/** A function of signals, on tensors and on plain arrays. */
export interface TransformFunction {
  /** Returns a new tensor; everything else that it creates is freed. */
  tensor(...values: Tensor[]): Tensor;
  /** The same on flat arrays of `samples` equally long samples. */
  numeric(samples: number, ...values: Float64Array[]): Float64Array;
}

/** A step is complete: `x` lies on `level`. */
export interface Finish {
  readonly op: "finish";
  /** Number of the level reached, from 1. */
  readonly step: number;
  readonly x: Value;
  readonly level: Level;
  /** Estimate of the clean signal from the step's last model call; empty when the step needed none. */
  readonly denoised: readonly Term[];
}

/** One instruction of a plan. */
export type Instruction = Evaluate | Draw | Combine | Transform | Finish;

/** Everything a sampler will do on given levels. */
export interface Plan {
  readonly instructions: readonly Instruction[];
  /** Names of the inputs beside the initial signal: value i + 1 is input i. */
  readonly inputs: readonly string[];
  /** Number of values. */
  readonly values: number;
  /** Number of model calls. */
  readonly evaluations: number;
  /** Number of steps. */
  readonly steps: number;
  /** Whether the plan draws noise. */
  readonly noisy: boolean;
  /** For each value the instruction that uses it last. */
  readonly lastUse: readonly number[];
}
