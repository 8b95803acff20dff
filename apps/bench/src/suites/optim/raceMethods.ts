/** The methods of the race, and the learning rates that each may choose from. */
import {
  adadelta,
  adagrad,
  adam,
  diffGrad,
  mfac,
  rmsprop,
  sgd,
  type AsyncOptimizer,
  type Optimizer,
} from "@ansatz/optim";

/** One entrant. */
export interface Entrant {
  readonly name: string;
  readonly label: string;
  readonly rates: readonly number[];
  /** The one that the race of `bench optim` chooses with its usual seed. */
  readonly chosen: number;
  readonly create: (learningRate: number) => Optimizer | AsyncOptimizer;
}

/** The field of the diffGrad paper, with its first release's variant, and M-FAC. */
export const ENTRANTS: readonly Entrant[] = [
  {
    name: "sgdm",
    label: "SGD with momentum",
    rates: [0.01, 0.03, 0.1, 0.3],
    chosen: 0.1,
    create: (learningRate) => sgd({ learningRate, momentum: 0.9 }),
  },
  {
    name: "adagrad",
    label: "AdaGrad",
    rates: [3e-3, 0.01, 0.03, 0.1],
    chosen: 0.03,
    create: (learningRate) => adagrad({ learningRate }),
  },
  {
    name: "adadelta",
    label: "AdaDelta",
    rates: [0.3, 1, 3, 10],
    chosen: 3,
    create: (learningRate) => adadelta({ learningRate }),
  },
  {
    name: "rmsprop",
    label: "RMSProp",
    rates: [1e-3, 3e-3, 0.01, 0.03],
    chosen: 3e-3,
    create: (learningRate) => rmsprop({ learningRate }),
  },
  {
    name: "amsgrad",
    label: "AMSGrad",
    rates: [1e-3, 3e-3, 0.01, 0.03],
    chosen: 0.01,
    create: (learningRate) => adam({ learningRate, amsgrad: true }),
  },
  {
    name: "adam",
    label: "Adam",
    rates: [1e-3, 3e-3, 0.01, 0.03],
    chosen: 0.01,
    create: (learningRate) => adam({ learningRate }),
  },
  {
    name: "diffgrad",
    label: "diffGrad",
    rates: [1e-3, 3e-3, 0.01, 0.03],
    chosen: 0.03,
    create: (learningRate) => diffGrad({ learningRate }),
  },
  {
    name: "diffgrad-legacy",
    label: "diffGrad, first release",
    rates: [1e-3, 3e-3, 0.01, 0.03],
    chosen: 0.03,
    create: (learningRate) => diffGrad({ learningRate, legacyAlias: true }),
  },
  {
    name: "mfac",
    label: "M-FAC",
    rates: [0.01, 0.03, 0.1, 0.3],
    chosen: 0.03,
    create: (learningRate) => mfac({ learningRate, window: 32, damping: 1e-2, momentum: 0.9 }),
  },
];
