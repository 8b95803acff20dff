/** What the denoisers are trained on: digits and phantoms, and radar scenes. */
import { randomReflectors } from "@ansatz/inverse";
import { concat, pad, reshape, stack, type Tensor } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { DIGIT_SIZE, imageTensor, loadDigits } from "./digits.ts";
import { randomPhantom } from "./randomPhantoms.ts";

/** Height and width of an image. */
const SIZE = 32;

/** `phantoms` phantoms and a quarter as many digits with a margin of 2 pixels, [count, 32, 32], values in [0, 1]. */
export async function denoiserImages(key: Key, phantoms: number): Promise<Tensor> {
  const made: Tensor[] = [];
  for (let i = 0; i < phantoms; i++) made.push(await randomPhantom(key.fold(i), i, SIZE));
  const count = Math.ceil(phantoms / 4);
  const digits = imageTensor(loadDigits().train, "cpu", count);
  const margin = (SIZE - DIGIT_SIZE) / 2;
  const unit = reshape(digits, [count, DIGIT_SIZE, DIGIT_SIZE]).add(1).mul(0.5);
  const framed = pad(unit, [
    [0, 0],
    [margin, margin],
    [margin, margin],
  ]);
  return concat([stack(made), framed], 0).eval();
}

/** Magnitudes of random radar scenes, [count, ...shape]. */
export async function sceneImages(key: Key, shape: readonly number[], count: number): Promise<Tensor> {
  const made: Tensor[] = [];
  for (let i = 0; i < count; i++) made.push(await randomReflectors(key.fold(i), shape));
  return stack(made).eval();
}
