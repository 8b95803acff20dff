/** Posterior sampling where the posterior is known: how far weights of modes are off, against guided sampling. */
import {
  afdps,
  daps,
  dps,
  gaussianLikelihood,
  gaussianMixturePrior,
  piGdm,
  samplePosterior,
  type PosteriorSampler,
} from "@ansatz/inverse/posterior";
import { karrasSigmas, levelsFromSigmas } from "@ansatz/samplers";
import { tensor, type Tensor } from "@ansatz/tensor";
import { matrixOperator } from "@ansatz/tensor/linear";
import { key } from "@ansatz/tensor/random";
import { checkSignal } from "../../cli/io.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

const [STEPS, PARTICLES, SEEDS] = [100, 500, 8];

/** Nine modes on a grid, seen along one line. */
const WEIGHTS = [0.134, 0.132, 0.195, 0.066, 0.136, 0.106, 0.055, 0.07, 0.106];
const SPREADS = [0.13, 0.19, 0.16, 0.22, 0.17, 0.12, 0.17, 0.18, 0.18];
const PLACES = [-4, 0, 4];
const MEANS = PLACES.flatMap((x) => PLACES.map((y) => [x, y]));
const DATA = { matrix: [[1, 0.35]], data: [0.7], sigma: 0.5 };

const f64 = (values: number | readonly unknown[]): Tensor => tensor(values as number[], { dtype: "f64" });

const METHODS: Readonly<Record<string, () => PosteriorSampler>> = {
  afdps: () => afdps(),
  "afdps-continuous": () => afdps({ proposal: "continuous" }),
  pigdm: () => piGdm(),
  dps: () => dps(),
  daps: () => daps(),
};

export const posteriorFigure: Figure = {
  id: "posterior",
  title: `posterior of nine modes, ${STEPS} steps, ${PARTICLES} particles, ${SEEDS} seeds: total variation of the modes' weights`,
  async run({ seed, signal, report }) {
    const prior = gaussianMixturePrior({
      weights: WEIGHTS,
      means: MEANS,
      covariances: SPREADS.map((v, k) => [
        [v, 0.05],
        [0.05, SPREADS[8 - k]],
      ]),
    });
    const { mixture, logEvidence } = prior.posterior(DATA);
    const problem = {
      denoiser: prior.denoiser,
      likelihood: gaussianLikelihood({
        operator: matrixOperator(f64(DATA.matrix)),
        data: f64(DATA.data),
        sigma: DATA.sigma,
      }),
      levels: levelsFromSigmas([...karrasSigmas(STEPS, 0.02, 10), 0]),
      mean: f64(prior.mean),
      variance: f64(prior.covariance),
    };
    const errors: Record<string, number> = {};
    let evidence = 0;
    for (const [name, create] of Object.entries(METHODS)) {
      report(name);
      let sum = 0;
      for (let s = 0; s < SEEDS; s++) {
        checkSignal(signal);
        const result = await samplePosterior(create(), problem, {
          key: key(seed).fold(s),
          particles: PARTICLES,
          signal,
        });
        const shares = (await mixture.responsibilities(result.value).data()) as Float64Array;
        result.value.dispose();
        const got = mixture.weights.map((_, k) =>
          result.weights.reduce((total, w, i) => total + w * shares[i * mixture.weights.length + k], 0),
        );
        sum += got.reduce((total, g, k) => total + Math.abs(g - mixture.weights[k]), 0) / 2;
        if (name === "afdps") evidence += (result.logEvidence ?? NaN) / SEEDS;
      }
      errors[name] = sum / SEEDS;
    }
    const rows = Object.entries(errors).map(([name, value]) =>
      makeRow({
        id: `posterior.${name}`,
        title: `${name}: mean total variation`,
        unit: "",
        better: "less",
        value,
        runs: SEEDS,
        ...(name === "afdps" ? { target: { relation: "<=", value: 0.09 } as const } : {}),
      }),
    );
    return [
      ...rows,
      makeRow({
        id: "posterior.against-guided",
        title: "total variation of pigdm over that of afdps",
        unit: "x",
        better: "more",
        value: errors["pigdm"] / errors["afdps"],
        target: { relation: ">=", value: 2 },
      }),
      makeRow({
        id: "posterior.evidence",
        title: "mean logarithm of the evidence, distance from the exact one",
        unit: "",
        better: "less",
        value: Math.abs(evidence - logEvidence),
      }),
    ];
  },
};
