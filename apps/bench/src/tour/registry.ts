/** The parts of the tour, in the order in which they run. */
import { digitsPart } from "./digits/part.ts";
import { inversePart } from "./inverse/part.ts";
import { mixturesPart } from "./mixtures/part.ts";
import { optimPart } from "./optim/part.ts";
import type { Part } from "./part.ts";
import { qmcPart } from "./qmc/part.ts";
import { quantPart } from "./quant/part.ts";

export const parts: readonly Part[] = [
  digitsPart(),
  quantPart(),
  mixturesPart(),
  qmcPart(),
  optimPart(),
  inversePart(),
];
