/** The figures of operators and reconstructions. */
import type { Suite } from "../base.ts";
import { adjointFigure } from "./adjoints.ts";
import { discreteFigure } from "./discrete.ts";
import { magnitudeFigure } from "./magnitude.ts";
import { plugAndPlayFigure } from "./plugAndPlay.ts";
import { priorFigures } from "./priors.ts";
import { posteriorFigure } from "./posteriors.ts";
import { projectionFigures } from "./projections.ts";
import { radarFigure } from "./radar.ts";
import { strengthFigure } from "./strength.ts";
import { variationFigure } from "./variation.ts";

export const inverseSuite: Suite = {
  name: "inverse",
  title: "Inverse problems: projections and radar against NumPy and SciPy, total variation, adjoints",
  packages: ["@ansatz/tensor", "@ansatz/inverse"],
  figures: [
    ...projectionFigures,
    radarFigure,
    variationFigure,
    adjointFigure,
    posteriorFigure,
    magnitudeFigure,
    plugAndPlayFigure,
    discreteFigure,
    strengthFigure,
    ...priorFigures,
  ],
};
