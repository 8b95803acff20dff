/** Random numbers on the host, one after the other, from a key. */
import { normal, uniform, type Key } from "@ansatz/tensor/random";

/** A stream of random numbers that depends on its key alone. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** An integer from 0 to count - 1. */
  index(count: number): number;
  /** true with this probability. */
  chance(probability: number): boolean;
}

const CHUNK = 4096;

/** The stream of a key: chunk i of each kind comes from `key.fold(i)`. */
export function randomStream(key: Key): RandomStream {
  const [uniforms, normals] = key.split(2);
  const flow = (draw: (chunk: number) => ArrayLike<number>): (() => number) => {
    let values: ArrayLike<number> = [];
    let at = 0;
    let chunk = 0;
    return () => {
      if (at === values.length) {
        values = draw(chunk++);
        at = 0;
      }
      return values[at++];
    };
  };
  const read = (x: ReturnType<typeof normal>): ArrayLike<number> => {
    const values = x.dataSync() as ArrayLike<number>;
    x.dispose();
    return values;
  };
  const next = flow((chunk) => read(uniform(uniforms.fold(chunk), [CHUNK], { dtype: "f64", device: "cpu" })));
  return {
    uniform: next,
    normal: flow((chunk) => read(normal(normals.fold(chunk), [CHUNK], { dtype: "f64", device: "cpu" }))),
    index: (count) => Math.min(Math.floor(next() * count), count - 1),
    chance: (probability) => next() < probability,
  };
}
