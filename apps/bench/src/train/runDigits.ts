/** `ansatz-bench train digits`: the training with its progress display and its files. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  loadTraining,
  parameterCount,
  saveParameters,
  saveTraining,
  type TrainState,
  type TrainStep,
  type UNetParams,
} from "@ansatz/nn";
import { key } from "@ansatz/tensor/random";
import { assetPath, writeAssetsPage } from "../assets.ts";
import { Interrupted, type Io } from "../cli/io.ts";
import type { DeviceName } from "../cli/options.ts";
import { runSteps } from "../cli/steps.ts";
import { loadDigits, type Digits } from "../data/digits.ts";
import { openDevice } from "../device.ts";
import { digitNetwork } from "../models/digitDenoiser.ts";
import { digitOptimizer, heldBackLoss, trainDigits, type TrainDigitsOptions } from "./digits.ts";
import { showDuration } from "./duration.ts";

/** The settings that a checkpoint follows from. */
export type DigitTraining = Pick<TrainDigitsOptions, "seed" | "steps" | "batchSize">;

/** What to train and where to write it. */
export interface RunDigitsOptions {
  readonly training: DigitTraining;
  readonly device: DeviceName;
  /** The checkpoint. */
  readonly file: string;
  /** Folder for the state of an unfinished run. */
  readonly out: string;
  /** State to continue from. */
  readonly resume?: string;
}

/** Steps between two saved states. */
const SAVE_EVERY = 500;

async function loadState(path: string, device: string): Promise<TrainState<UNetParams>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch {
    throw new Error(`train: ${path} cannot be read (expected the state that an interrupted run left behind).`);
  }
  return loadTraining(bytes, { like: digitNetwork().init(key(0)), optimizer: digitOptimizer(), device });
}

function progressLine({ step, steps, smoothedLoss, samplesPerSecond, eta }: TrainStep): string {
  const pace = `${samplesPerSecond.toFixed(0)} pictures/s`;
  return `step ${step} of ${steps}, loss ${smoothedLoss.toFixed(4)}, ${pace}, ${showDuration(eta)} left`;
}

/** Trains, writes the checkpoint and returns a sentence about it. */
export async function runDigitTraining(io: Io, options: RunDigitsOptions): Promise<string> {
  const { training, file, out } = options;
  const stateFile = join(out, "train-digits.safetensors");
  const device = await openDevice(options.device);
  let digits: Digits | undefined;
  let sentence = "";
  const begun = performance.now();
  const saveState = async (state: TrainState<UNetParams>): Promise<void> => {
    await mkdir(out, { recursive: true });
    await writeFile(stateFile, await saveTraining(state));
  };
  const split = (): Digits => (digits ??= loadDigits());
  try {
    await runSteps(io, [
      {
        title: "Reading the digits",
        async run({ conclude }) {
          const { train, heldBack } = split();
          conclude(`${train.count} to train on, ${heldBack.count} held back`);
        },
      },
      {
        title: `Training the denoiser on ${device.description}`,
        async run({ report, conclude, signal }) {
          const { train, heldBack } = split();
          const resume = options.resume === undefined ? undefined : await loadState(options.resume, device.name);
          const steps = trainDigits({ ...training, data: train, device: device.name, resume, signal });
          let next = await steps.next();
          for (; next.done !== true; next = await steps.next()) {
            const { step, state } = next.value;
            report(progressLine(next.value));
            if (step % SAVE_EVERY === 0 && step < next.value.steps) await saveState(state);
          }
          const result = next.value;
          if (result.status === "aborted") {
            await saveState(result.state);
            io.err(`Continue with: ansatz-bench train digits --resume ${stateFile}\n`);
            throw new Interrupted();
          }
          if (result.status !== "completed") throw new Error(`train: ${result.message}`);
          const params = result.state.average as UNetParams;
          const loss = await heldBackLoss(params, heldBack, device.name);
          const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
          const bytes = await saveParameters(params, {
            storage: "f16",
            metadata: {
              command: commandOf(training),
              seed: String(training.seed),
              parameters: String(parameterCount(params)),
              "final loss": result.state.smoothedLoss.toFixed(5),
              "held-back loss": loss.toFixed(5),
              minutes: options.resume === undefined ? minutes : `${minutes} since it was resumed`,
            },
          });
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, bytes);
          if (file === assetPath("digits")) await writeAssetsPage();
          conclude(`loss ${result.state.smoothedLoss.toFixed(4)}, ${loss.toFixed(4)} on held-back digits`);
          sentence = `${result.message} ${file}: ${(bytes.length / 1000).toFixed(0)} kB after ${minutes} minutes.\n`;
        },
      },
    ]);
  } finally {
    device.release();
  }
  return sentence;
}

/** The command line that makes the same checkpoint. */
function commandOf({ seed, steps, batchSize }: DigitTraining): string {
  return `ansatz-bench train digits --seed ${seed} --steps ${steps} --batch ${batchSize}`;
}
