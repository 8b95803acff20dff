/** Random phantoms: heads, and ellipses with holes. */
import { ellipsePhantom, randomEllipses, unitSquare, type Ellipse } from "@ansatz/inverse";
import { maximum, minimum, type Tensor } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";

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

/** A phantom of `size` x `size` pixels with values in [0, 1], a head for even indices. */
export async function randomPhantom(key: Key, index: number, size: number): Promise<Tensor> {
  const ellipses = await (index % 2 === 0 ? head : holes)(key);
  return minimum(maximum(ellipsePhantom(ellipses, unitSquare(size), { supersample: 4 }), 0), 1);
}
