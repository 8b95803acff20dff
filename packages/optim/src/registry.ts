/** Every method of the package, for tests, documentation and benchmarks to iterate over. */
import type { Optimizer } from "./base.ts";
import { adam } from "./gradient/adam.ts";
import { adamW } from "./gradient/adamW.ts";
import { sgd } from "./gradient/sgd.ts";

/** One line of the registry. */
export interface OptimizerEntry {
  /** Short name, as command lines take it. */
  readonly name: string;
  /** The factory that makes it, as exported. */
  readonly factory: string;
  /** The method with its usual settings; its citations are declared there. */
  create(learningRate: number): Optimizer;
}

/** Every method. A new one is one file and one line here. */
export const optimizers: readonly OptimizerEntry[] = [
  { name: "sgd", factory: "sgd", create: (learningRate) => sgd({ learningRate }) },
  { name: "momentum", factory: "sgd", create: (learningRate) => sgd({ learningRate, momentum: 0.9 }) },
  {
    name: "nesterov",
    factory: "sgd",
    create: (learningRate) => sgd({ learningRate, momentum: 0.9, nesterov: true }),
  },
  { name: "adam", factory: "adam", create: (learningRate) => adam({ learningRate }) },
  { name: "amsgrad", factory: "adam", create: (learningRate) => adam({ learningRate, amsgrad: true }) },
  { name: "adamw", factory: "adamW", create: (learningRate) => adamW({ learningRate }) },
];
