/** Optimisers for parameter trees: gradient methods with explicit state. */
export type { Citation } from "@ansatz/tensor";
export type { Buffers, Optimizer, OptimizerState, StepOptions } from "./base.ts";
export { elementwise, type ElementwiseRule } from "./elementwise.ts";
export { emaUpdate, emaWeight, type EmaOptions } from "./ema.ts";
export { adadelta, type AdadeltaOptions } from "./gradient/adadelta.ts";
export { adagrad, type AdagradOptions } from "./gradient/adagrad.ts";
export { adam, type AdamOptions } from "./gradient/adam.ts";
export { adamax, type AdamaxOptions } from "./gradient/adamax.ts";
export { adamW, type AdamWOptions } from "./gradient/adamW.ts";
export { diffGrad, type DiffGradOptions, type Friction } from "./gradient/diffGrad.ts";
export { lion, type LionOptions } from "./gradient/lion.ts";
export { nadam, type NadamOptions } from "./gradient/nadam.ts";
export type { CommonOptions } from "./gradient/prepare.ts";
export { radam, type RadamOptions } from "./gradient/radam.ts";
export { rmsprop, type RmspropOptions } from "./gradient/rmsprop.ts";
export { rprop, type RpropOptions } from "./gradient/rprop.ts";
export { sgd, type SgdOptions } from "./gradient/sgd.ts";
export { optimizers, type OptimizerEntry } from "./registry.ts";
