/** What the denoisers are trained on: digits and phantoms, and radar scenes. */
import { ellipsePhantom, randomEllipses, randomReflectors, unitSquare, type Ellipse } from "@ansatz/inverse";
import { concat, maximum, minimum, pad, reshape, stack, type Tensor } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { DIGIT_SIZE, imageTensor, loadDigits } from "./digits.ts";

/** Height and width of an image. */
const SIZE = 32;

/** The first ellipse is large, so that others lie inside. */
const widen = (e: Ellipse, i: number): Ellipse =>
  i === 0 ? { ...e, a: 2 * e.a + 0.1, b: 2 * e.b + 0.1, x: e.x / 2, y: e.y / 2 } : e;

/** Ellipses of which every third is a hole. */
async function holes(key: Key): Promise<Ellipse[]> {
  const ellipses = await randomEllipses(key, 9);
  return ellipses.map((e, i) => (i % 3 === 2 ? { ...e, value: -e.value } : widen(e, i)));
}

/** A random head: a thin bright skull of random shape, and ellipses of little contrast, brighter and darker, inside. */
async function head(key: Key): Promise<Ellipse[]> {
  const [outer, ...inner] = await randomEllipses(key, 9);
  const { a, b, x, y, value } = outer;
  const skull = { value: 1, a: a + 0.5, b: b + 0.6, x: x / 6, y: y / 6, degrees: outer.degrees / 9 };
  const rim = 0.02 + 0.1 * value;
  const brain = { ...skull, value: value - 1, a: skull.a - rim, b: skull.b - 1.5 * rim };
  const small = inner.map((e, i) => {
    const contrast = (i % 2 === 0 ? 0.6 : -0.6) * (e.value - 0.05);
    return { ...e, value: contrast, a: e.a * 0.7, b: e.b * 0.7, x: e.x * 0.7, y: e.y * 0.7 };
  });
  return [skull, brain, ...small];
}

/** A phantom, every other one a head, cut to [0, 1]. */
async function phantom(key: Key, index: number): Promise<Tensor> {
  const ellipses = await (index % 2 === 0 ? head : holes)(key);
  return minimum(maximum(ellipsePhantom(ellipses, unitSquare(SIZE), { supersample: 4 }), 0), 1);
}

/** `phantoms` phantoms and a quarter as many digits with a margin of 2 pixels, [count, 32, 32], values in [0, 1]. */
export async function denoiserImages(key: Key, phantoms: number): Promise<Tensor> {
  const made: Tensor[] = [];
  for (let i = 0; i < phantoms; i++) made.push(await phantom(key.fold(i), i));
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
