/** `ansatz-bench train denoiser` and `train volumes`: the training with its progress display and its file. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parameterCount, saveParameters } from "@ansatz/nn";
import { assetPath, writeAssetsPage } from "../assets.ts";
import { Interrupted, type Io } from "../cli/io.ts";
import { runSteps } from "../cli/steps.ts";
import { heldBackQuality, trainShippedDenoiser, type DENOISERS, type DenoiserTraining } from "./denoisers.ts";
import { showDuration } from "./duration.ts";

/** What to train and where to write it. */
export interface RunDenoiserOptions {
  readonly name: keyof typeof DENOISERS;
  readonly training: DenoiserTraining;
  readonly file: string;
}

/** Level of noise at which the result is tried. */
const SIGMA = 0.1;

/** Trains on the CPU, writes the file and returns a sentence about it. */
export async function runDenoiserTraining(io: Io, { name, training, file }: RunDenoiserOptions): Promise<string> {
  const { seed, steps } = training;
  let sentence = "";
  await runSteps(io, [
    {
      title: name === "denoiser" ? "Training the denoiser of images" : "Training the denoiser of radar scenes",
      async run({ report, conclude, signal }) {
        const result = await trainShippedDenoiser(name, training, {
          signal,
          onStep: (s) =>
            report(`step ${s.step} of ${s.steps}, loss ${s.smoothedLoss.toFixed(5)}, ${showDuration(s.eta)} left`),
        });
        if (result.status === "aborted") throw new Interrupted();
        if (result.status !== "completed") throw new Error(`train: ${result.message}`);
        const { params, smoothedLoss } = result.state;
        const { noisy, network, variation } = await heldBackQuality(name, params, SIGMA);
        const quality = `${noisy.toFixed(2)} dB noisy, ${network.toFixed(2)} dB after the network, ${variation.toFixed(2)} dB after total variation`;
        const bytes = await saveParameters(params, {
          storage: "f16",
          metadata: {
            command: `ansatz-bench train ${name} --seed ${seed} --steps ${steps}`,
            seed: String(seed),
            parameters: String(parameterCount(params)),
            "final loss": smoothedLoss.toFixed(6),
            [`held back, sigma ${SIGMA}`]: quality,
          },
        });
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, bytes);
        if (file === assetPath(name)) await writeAssetsPage();
        conclude(quality);
        sentence = `${quality}. ${file}: ${(bytes.length / 1000).toFixed(0)} kB.\n`;
      },
    },
  ]);
  return sentence;
}
