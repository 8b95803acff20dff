/** The figures of low-discrepancy points, adaptive cubature, fast kernels and Bessel functions. */
import type { Suite } from "../base.ts";
import { besselFigures } from "./bessel.ts";
import { rateFigures } from "./rates.ts";
import { reliability } from "./reliability.ts";
import { slimKlFigure } from "./slimKl.ts";
import { speedFigures } from "./speed.ts";

export const qmcSuite: Suite = {
  name: "qmc",
  title: "Quasi-Monte Carlo: speed against SciPy, rates of convergence, reliability, kernel learning",
  packages: ["@ansatz/tensor", "@ansatz/qmc"],
  figures: [...speedFigures, ...besselFigures, ...rateFigures, reliability, slimKlFigure],
};
