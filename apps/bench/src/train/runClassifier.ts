/** `ansatz-bench train classifier`: the training with its progress display and its file. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parameterCount, saveParameters } from "@ansatz/nn";
import { assetPath, writeAssetsPage } from "../assets.ts";
import { Interrupted, type Io } from "../cli/io.ts";
import type { DeviceName } from "../cli/options.ts";
import { runSteps } from "../cli/steps.ts";
import { loadDigits } from "../data/digits.ts";
import { openDevice } from "../device.ts";
import { accuracy, trainClassifier, type ClassifierTraining } from "./classifier.ts";
import { showDuration } from "./duration.ts";

/** What to train and where to write it. */
export interface RunClassifierOptions {
  readonly training: ClassifierTraining;
  readonly device: DeviceName;
  readonly file: string;
}

/** Trains, writes the file and returns a sentence about it. */
export async function runClassifierTraining(io: Io, options: RunClassifierOptions): Promise<string> {
  const { training, file } = options;
  const { seed, epochs, batchSize, learningRate } = training;
  const device = await openDevice(options.device);
  let sentence = "";
  try {
    await runSteps(io, [
      {
        title: `Training the classifier on ${device.description}`,
        async run({ report, conclude, signal }) {
          const { train, heldBack } = loadDigits();
          const result = await trainClassifier(train, {
            training,
            device: device.name,
            signal,
            onStep: ({ step, steps, smoothedLoss, eta }) =>
              report(`step ${step} of ${steps}, loss ${smoothedLoss.toFixed(4)}, ${showDuration(eta)} left`),
          });
          if (result.status === "aborted") throw new Interrupted();
          if (result.status !== "completed") throw new Error(`train: ${result.message}`);
          const { params, smoothedLoss } = result.state;
          const share = await accuracy(params, heldBack, device.name);
          const percent = `${(100 * share).toFixed(2)} %`;
          const bytes = await saveParameters(params, {
            storage: "f16",
            metadata: {
              command:
                `ansatz-bench train classifier --seed ${seed} --epochs ${epochs} --batch ${batchSize} ` +
                `--learning-rate ${learningRate}`,
              seed: String(seed),
              parameters: String(parameterCount(params)),
              "final loss": smoothedLoss.toFixed(5),
              "test accuracy": percent,
            },
          });
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, bytes);
          if (file === assetPath("classifier")) await writeAssetsPage();
          conclude(`${percent} of the held-back digits recognised`);
          sentence = `${result.message} Test accuracy ${percent}. ${file}: ${(bytes.length / 1000).toFixed(0)} kB.\n`;
        },
      },
    ]);
  } finally {
    device.release();
  }
  return sentence;
}
