/** `ansatz-bench train directions`: the training with its progress display and its file. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { directionOf, parameterCount, saveParameters } from "@ansatz/nn";
import { assetPath, writeAssetsPage } from "../assets.ts";
import { Interrupted, type Io } from "../cli/io.ts";
import type { DeviceName } from "../cli/options.ts";
import { runSteps } from "../cli/steps.ts";
import { openDevice } from "../device.ts";
import { poissonIterations } from "../problems/poisson.ts";
import { shippedDirections, trainShippedDirections, type DirectionTraining } from "./directions.ts";

/** What to train and where to write it. */
export interface RunDirectionsOptions {
  readonly training: DirectionTraining;
  readonly device: DeviceName;
  readonly file: string;
}

/** Sizes on which the result is tried. */
const SIZES = [32, 64, 128];

/** Trains, writes the file and returns a sentence about it. */
export async function runDirectionTraining(io: Io, options: RunDirectionsOptions): Promise<string> {
  const { training, file } = options;
  const { seed, steps } = training;
  const device = await openDevice(options.device);
  let sentence = "";
  try {
    await runSteps(io, [
      {
        title: `Training directions for Poisson's equation on ${device.description}`,
        async run({ report, conclude, signal }) {
          const result = await trainShippedDirections(training, {
            device: device.name,
            signal,
            onStep: (s) =>
              report(`stage ${s.stage + 1}: step ${s.step} of ${s.steps}, loss ${s.smoothedLoss.toFixed(4)}`),
          });
          if (result.status === "aborted") throw new Interrupted();
          if (result.status !== "completed") throw new Error(`train: ${result.message}`);
          const direction = directionOf(shippedDirections, result.params);
          const counts: string[] = [];
          for (const size of SIZES) counts.push(`${await poissonIterations({ size, direction })} at ${size}²`);
          const iterations = counts.join(", ");
          const bytes = await saveParameters(result.params, {
            storage: "f16",
            metadata: {
              command: `ansatz-bench train directions --seed ${seed} --steps ${steps}`,
              seed: String(seed),
              parameters: String(parameterCount(result.params)),
              "final loss": result.losses.map((loss) => loss.toFixed(5)).join(", "),
              "iterations to 1e-6": iterations,
            },
          });
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, bytes);
          if (file === assetPath("directions")) await writeAssetsPage();
          conclude(`iterations to 1e-6: ${iterations}`);
          sentence = `Iterations to 1e-6: ${iterations}. ${file}: ${(bytes.length / 1000).toFixed(0)} kB.\n`;
        },
      },
    ]);
  } finally {
    device.release();
  }
  return sentence;
}
