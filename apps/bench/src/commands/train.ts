/** `ansatz-bench train NETWORK`. */
import { Command, Option } from "commander";
import { assetPath } from "../assets.ts";
import type { Io } from "../cli/io.ts";
import { deviceOption, integer, outOption, positive, seedOption, type DeviceName } from "../cli/options.ts";
import { runClassifierTraining } from "../train/runClassifier.ts";
import { runDigitTraining } from "../train/runDigits.ts";
import { runDirectionTraining } from "../train/runDirections.ts";
import { runDenoiserTraining } from "../train/runDenoiser.ts";
import { CLASSIFIER_TRAINING } from "../train/classifier.ts";
import { DENOISERS } from "../train/denoisers.ts";
import { DIRECTION_TRAINING } from "../train/directions.ts";
import { DIGIT_TRAINING } from "../train/digits.ts";

interface Shared {
  readonly seed: number;
  readonly batch: number;
  readonly device: DeviceName;
  readonly file: string;
}

interface DigitOptions extends Shared {
  readonly steps: number;
  readonly out: string;
  readonly resume?: string;
}

interface DenoiserOptions {
  readonly steps: number;
  readonly seed: number;
  readonly file: string;
}

interface ClassifierOptions extends Shared {
  readonly epochs: number;
  readonly learningRate: number;
}

function batchOption(size: number): Option {
  return new Option("--batch <n>", "pictures per step").argParser(integer(1, 9000)).default(size);
}

function digits(io: Io): Command {
  return new Command("digits")
    .description("train the denoiser of the tour on handwritten digits")
    .addOption(new Option("--steps <n>", "steps").argParser(integer(1)).default(DIGIT_TRAINING.steps))
    .addOption(batchOption(DIGIT_TRAINING.batchSize))
    .option("--resume <file>", "continue from the state that an interrupted run left behind")
    .option("--file <file>", "checkpoint to write", assetPath("digits"))
    .addOption(outOption())
    .addOption(seedOption())
    .addOption(deviceOption())
    .action(async ({ steps, batch, seed, ...rest }: DigitOptions) => {
      const training = { seed, steps, batchSize: batch };
      io.out(await runDigitTraining(io, { training, ...rest }));
    });
}

function classifier(io: Io): Command {
  return new Command("classifier")
    .description("train the network whose features the Fréchet distance compares")
    .addOption(
      new Option("--epochs <n>", "passes over the pictures").argParser(integer(1)).default(CLASSIFIER_TRAINING.epochs),
    )
    .addOption(batchOption(CLASSIFIER_TRAINING.batchSize))
    .addOption(
      new Option("--learning-rate <x>", "learning rate of Adam at the start")
        .argParser(positive)
        .default(CLASSIFIER_TRAINING.learningRate),
    )
    .option("--file <file>", "checkpoint to write", assetPath("classifier"))
    .addOption(seedOption())
    .addOption(deviceOption())
    .action(async ({ epochs, batch, learningRate, seed, ...rest }: ClassifierOptions) => {
      const training = { seed, epochs, batchSize: batch, learningRate };
      io.out(await runClassifierTraining(io, { training, ...rest }));
    });
}

function directions(io: Io): Command {
  return new Command("directions")
    .description("train the network whose directions solve Poisson's equation")
    .addOption(
      new Option("--steps <n>", "steps on the smallest grid").argParser(integer(1)).default(DIRECTION_TRAINING.steps),
    )
    .option("--file <file>", "checkpoint to write", assetPath("directions"))
    .addOption(seedOption())
    .addOption(deviceOption())
    .action(async ({ steps, seed, ...rest }: Omit<Shared, "batch"> & { readonly steps: number }) => {
      io.out(await runDirectionTraining(io, { training: { seed, steps }, ...rest }));
    });
}

function denoiser(io: Io, name: keyof typeof DENOISERS, about: string): Command {
  const { training } = DENOISERS[name];
  return new Command(name)
    .description(about)
    .addOption(new Option("--steps <n>", "steps").argParser(integer(1)).default(training.steps))
    .option("--file <file>", "checkpoint to write", assetPath(name))
    .addOption(seedOption())
    .action(async ({ steps, seed, file }: DenoiserOptions) => {
      io.out(await runDenoiserTraining(io, { name, training: { seed, steps }, file }));
    });
}

/** The command with one command per network. */
export function trainCommand(io: Io): Command {
  return new Command("train")
    .description("train a network that the tour uses")
    .addCommand(digits(io))
    .addCommand(classifier(io))
    .addCommand(directions(io))
    .addCommand(denoiser(io, "denoiser", "train the denoiser of images for plug-and-play"))
    .addCommand(denoiser(io, "volumes", "train the denoiser of radar scenes for plug-and-play"));
}
