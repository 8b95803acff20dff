/** Every method of the package, for tests, documentation and benchmarks to iterate over. */
import type { Optimizer } from "./base.ts";
import { adadelta } from "./gradient/adadelta.ts";
import { adagrad } from "./gradient/adagrad.ts";
import { adam } from "./gradient/adam.ts";
import { adamax } from "./gradient/adamax.ts";
import { adamW } from "./gradient/adamW.ts";
import { diffGrad } from "./gradient/diffGrad.ts";
import { lion } from "./gradient/lion.ts";
import { nadam } from "./gradient/nadam.ts";
import { radam } from "./gradient/radam.ts";
import { rmsprop } from "./gradient/rmsprop.ts";
import { rprop } from "./gradient/rprop.ts";
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
  { name: "adamax", factory: "adamax", create: (learningRate) => adamax({ learningRate }) },
  { name: "nadam", factory: "nadam", create: (learningRate) => nadam({ learningRate }) },
  { name: "radam", factory: "radam", create: (learningRate) => radam({ learningRate }) },
  { name: "adagrad", factory: "adagrad", create: (learningRate) => adagrad({ learningRate }) },
  { name: "adadelta", factory: "adadelta", create: (learningRate) => adadelta({ learningRate }) },
  { name: "rmsprop", factory: "rmsprop", create: (learningRate) => rmsprop({ learningRate }) },
  {
    name: "rmsprop-centered",
    factory: "rmsprop",
    create: (learningRate) => rmsprop({ learningRate, momentum: 0.9, centered: true }),
  },
  { name: "rprop", factory: "rprop", create: (learningRate) => rprop({ learningRate }) },
  { name: "lion", factory: "lion", create: (learningRate) => lion({ learningRate }) },
  { name: "diffgrad", factory: "diffGrad", create: (learningRate) => diffGrad({ learningRate }) },
  {
    name: "diffgrad-legacy",
    factory: "diffGrad",
    create: (learningRate) => diffGrad({ learningRate, legacyAlias: true }),
  },
];
