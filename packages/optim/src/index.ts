/** Optimisers for parameter trees: gradient methods with explicit state. */
export type { Citation } from "@ansatz/tensor";
export type { Buffers, Optimizer, OptimizerState, StepOptions } from "./base.ts";
export { elementwise, type ElementwiseRule } from "./elementwise.ts";
export { emaUpdate, emaWeight, type EmaOptions } from "./ema.ts";
export { adam, type AdamOptions } from "./gradient/adam.ts";
export { adamW, type AdamWOptions } from "./gradient/adamW.ts";
export { sgd, type SgdOptions } from "./gradient/sgd.ts";
export { optimizers, type OptimizerEntry } from "./registry.ts";
