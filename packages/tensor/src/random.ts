/**
 * Random numbers from keys: a draw is a pure function of a key, a shape and options. Words, uniform and f32 normal numbers
 * have the same bits on every device and for any number of threads.
 */
import "./backend/cpu/complete.ts";
export { Key, key } from "./random/key.ts";
export { keyTensor, type DrawOptions, type KeyLike } from "./random/draw.ts";
export { bits, rademacher, randint, uniform, type UniformOptions } from "./random/uniform.ts";
export { normal, truncatedNormal } from "./random/normal.ts";
export {
  bernoulli,
  categorical,
  gumbel,
  permutation,
  type CategoricalOptions,
  type PlainDrawOptions,
} from "./random/choice.ts";
