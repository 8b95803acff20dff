/** The weight methods whose results are codes on a grid. */
import type { WeightMethod } from "./base.ts";
import { gptqMethod } from "./gptq.ts";
import { polishedGptq } from "./polish.ts";
import { rtn } from "./rtn.ts";

/** Every method that answers at once; AWQ, SmoothQuant and AdaRound return more than codes and are functions. */
export const weightMethods: readonly WeightMethod[] = [
  rtn,
  gptqMethod(),
  gptqMethod({ activationOrder: true, staticGroups: true }),
  polishedGptq,
];
