/** Every method of the package, for tests, documentation and benchmarks to iterate over. */
import type { Method } from "./registry/base.ts";
import { kernelsMethods } from "./registry/kernels.ts";
import { measuresMethods } from "./registry/measures.ts";
import { sequencesMethods } from "./registry/sequences.ts";
import { specialMethods } from "./registry/special.ts";

export type { Method } from "./registry/base.ts";

/** Every method. A new one is one file and one line in a list of the folder `registry`. */
export const methods: readonly Method[] = [
  ...sequencesMethods,
  ...measuresMethods,
  ...kernelsMethods,
  ...specialMethods,
];
