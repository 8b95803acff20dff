/** The figures of the samplers. */
import type { Suite } from "../base.ts";
import { adaptive } from "./adaptive.ts";
import { bdiaFigure } from "./bdia.ts";
import { a, b } from "./comparisons.ts";
import { devices } from "./devices.ts";
import { guidance } from "./guidance.ts";
import { lmlFigure } from "./lml.ts";
import { meanReverting } from "./meanReverting.ts";
import { orders } from "./orders.ts";
import { precision } from "./precision.ts";
import { search } from "./search.ts";
import { latentStep } from "./step.ts";
import { agreement, tables } from "./tables.ts";

export const samplersSuite: Suite = {
  name: "samplers",
  title: "The samplers: errors against exact samples of Gaussian mixtures",
  packages: ["@ansatz/tensor", "@ansatz/samplers"],
  figures: [
    ...tables,
    agreement,
    a,
    b,
    orders,
    adaptive,
    precision,
    search,
    bdiaFigure,
    guidance,
    ...meanReverting,
    lmlFigure,
    latentStep,
    devices,
  ],
};
