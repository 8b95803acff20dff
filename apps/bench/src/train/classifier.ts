/** Training the classifier of the digits. */
import { train, type Loss, type TrainResult, type TrainStep } from "@ansatz/nn";
import { adam } from "@ansatz/optim";
import { disposeTree, logSoftmax, mean, mul, neg, oneHot, sum, type Tensor } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { imageTensor, labelTensor, type DigitSet } from "../data/digits.ts";
import { classifier, makeClassifier, type ClassifierParams } from "../models/classifier.ts";

/** How the classifier is trained. */
export interface ClassifierTraining {
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Learning rate at the start; it falls to zero along a line. */
  readonly learningRate: number;
}

/** Settings of the shipped classifier. */
export const CLASSIFIER_TRAINING: ClassifierTraining = { seed: 1, epochs: 8, batchSize: 64, learningRate: 2e-3 };

/** Pictures with labels. */
type Batch = { readonly images: Tensor; readonly labels: Tensor };

/** Cross-entropy of the predicted classes. */
const crossEntropy: Loss<ClassifierParams, Batch> = (params, { images, labels }) => {
  const logProbabilities = logSoftmax(classifier.logits(params, images), 1);
  return neg(mean(sum(mul(logProbabilities, oneHot(labels, 10)), { axis: 1 })));
};

/** Options of {@link trainClassifier}. */
export interface TrainClassifierOptions {
  readonly training: ClassifierTraining;
  readonly device: string;
  readonly signal: AbortSignal;
  readonly onStep?: (step: TrainStep<ClassifierParams>) => void;
}

/** Trains on the given digits. The result's state belongs to the caller. */
export async function trainClassifier(
  digits: DigitSet,
  options: TrainClassifierOptions,
): Promise<TrainResult<ClassifierParams>> {
  const { training, device, signal, onStep } = options;
  const { epochs, batchSize, learningRate } = training;
  const [forInit, forRun] = key(training.seed).split(2);
  const params = classifier.init(forInit, { device });
  const data: Batch = { images: imageTensor(digits, device), labels: labelTensor(digits, device) };
  const steps = epochs * Math.floor(digits.count / batchSize);
  const run = train<ClassifierParams, Batch>({
    params,
    key: forRun,
    loss: crossEntropy,
    keys: 0,
    data,
    optimizer: adam({ learningRate }),
    batchSize,
    epochs,
    learningRate: (step) => learningRate * (1 - (step - 1) / steps),
    smoothing: 0.98,
    signal,
  });
  try {
    for (;;) {
      const { done, value } = await run.next();
      if (done === true) return value;
      onStep?.(value);
    }
  } finally {
    disposeTree(data);
    disposeTree(params);
  }
}

/** Share of pictures whose label is found. */
export async function accuracy(params: ClassifierParams, digits: DigitSet, device: string): Promise<number> {
  using images = imageTensor(digits, device);
  const found = await makeClassifier(params).labels(images);
  return found.reduce((count, label, i) => count + Number(label === digits.labels[i]), 0) / digits.count;
}
