/** The figures of number formats, quantised models, integer products and the hardware model. */
import type { Suite } from "../base.ts";
import { methodsFigure, qualityFigure, timesFigure } from "./diffusion.ts";
import { sqnrFigure } from "./formats.ts";
import { hardwareFigure, sweepFigure } from "./hardware.ts";
import { int4Figure, int8Figure } from "./integers.ts";
import { gptqFigure, minMaxFigure } from "./weights.ts";

export const quantSuite: Suite = {
  name: "quant",
  title: "Quantisation: formats, weights, diffusion models, integer products, hardware",
  packages: ["@ansatz/tensor", "@ansatz/quant", "onnxruntime-web"],
  figures: [
    sqnrFigure,
    gptqFigure,
    minMaxFigure,
    qualityFigure,
    timesFigure,
    methodsFigure,
    int8Figure,
    int4Figure,
    hardwareFigure,
    sweepFigure,
  ],
};
