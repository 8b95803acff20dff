/** Radar scenes from few echoes: priors on the magnitude, and the trained one among them. */
import {
  constrainedAdmm,
  denoising,
  gaussianNoise,
  l1,
  linearArray,
  magnitudeDenoiser,
  mimoOperator,
  onMagnitude,
  psnr,
  randomPhases,
  randomReflectors,
  reconstruct,
  relativeDenoiser,
  sigmaForSnr,
  type MimoSetup,
  type Regularizer,
} from "@ansatz/inverse";
import { abs, conj, div, matmul, max, reshape, scope, transpose, type Tensor } from "@ansatz/tensor";
import { linearOperator, operatorNorm, scaledOperator, toMatrix, type LinearOperator } from "@ansatz/tensor/linear";
import { key } from "@ansatz/tensor/random";
import { trainedDenoiser } from "../../models/trainedDenoisers.ts";
import type { Row } from "../../results/benchResult.ts";
import { SCENE_SHAPE } from "../../train/denoisers.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

const line = (count: number, from: number, to: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

/** Crossed arrays of so many antennas each, and so many frequencies. */
const setup = (antennas: number, frequencies: number): MimoSetup => ({
  transmitters: linearArray("x", antennas, 0.6),
  receivers: linearArray("y", antennas, 0.6),
  frequencies: line(frequencies, 4e9, 16e9),
  x: line(SCENE_SHAPE[0], -0.2, 0.2),
  y: line(SCENE_SHAPE[1], -0.2, 0.2),
  z: line(SCENE_SHAPE[2], 0.45, 0.55),
});

/** Echoes, antennas per array, frequencies, and signal to noise in dB. */
const CASES = [
  { count: 448, antennas: 8, frequencies: 7, snr: 30 },
  { count: 125, antennas: 5, frequencies: 5, snr: 20 },
] as const;

/** Scenes over which the figures are averaged; no seed of the training makes them. */
const SCENES = 4;

/** A prior and how it is used; the best strength counts, as in the table of the specification. */
interface Prior {
  readonly iterations: number;
  readonly strengths: readonly number[];
  make(strength: number): { readonly regularizer: Regularizer; readonly step: number };
}

/** The operator, of norm 1, as a matrix: it is small, and applied thousands of times. */
async function normalised(arrays: MimoSetup): Promise<LinearOperator> {
  const operator = mimoOperator(arrays);
  const { value } = await operatorNorm(operator, { key: key(1), maxIterations: 60 });
  const matrix = toMatrix(scaledOperator(operator, 1 / value)).eval();
  const adjoint = conj(transpose(matrix)).eval();
  const voxels = SCENE_SHAPE.reduce((a, b) => a * b);
  return linearOperator({
    name: "radar",
    domain: SCENE_SHAPE,
    range: [matrix.shape[0]],
    dtype: operator.dtype,
    apply: (x) => matmul(matrix, reshape(x, [voxels])),
    adjoint: (y) => reshape(matmul(adjoint, y), SCENE_SHAPE),
  });
}

/** PSNR of magnitudes, each divided by its largest. */
async function quality(x: Tensor, truth: Tensor): Promise<number> {
  const image = scope(() => div(abs(x), max(abs(x))));
  const result = await psnr(image, truth);
  image.dispose();
  return result;
}

export const magnitudeFigure: Figure = {
  id: "magnitude",
  title: `radar scenes of ${SCENE_SHAPE.join(" x ")} voxels, mean of ${SCENES}, priors on the magnitude`,
  async run({ seed, signal, report }) {
    const network = await trainedDenoiser("volumes");
    const complexNetwork = relativeDenoiser(magnitudeDenoiser(network));
    const priors: Readonly<Record<string, Prior>> = {
      l1: {
        iterations: 100,
        strengths: [0.03, 0.1, 0.3, 1],
        make: (step) => ({ regularizer: onMagnitude(l1()), step }),
      },
      learned: {
        iterations: 30,
        strengths: [0.03, 0.06, 0.1, 0.15, 0.2, 0.3],
        make: (sigma) => ({ regularizer: denoising(complexNetwork, { sigma }), step: 1 }),
      },
    };
    const rows: Row[] = [];
    for (const { count, antennas, frequencies, snr } of CASES) {
      const operator = await normalised(setup(antennas, frequencies));
      const name = `${count}x605, ${snr} dB`;
      let adjoint = 0;
      const totals = Object.fromEntries(
        Object.entries(priors).map(([p, { strengths }]) => [p, strengths.map(() => 0)]),
      );
      for (let scene = 0; scene < SCENES; scene++) {
        const [forShape, forPhase, forNoise] = key(seed)
          .fold(1000 + scene)
          .split(3);
        const truth = await randomReflectors(forShape, SCENE_SHAPE);
        const clean = operator.apply(randomPhases(forPhase, truth)).eval();
        const sigma = await sigmaForSnr(clean, snr);
        const data = gaussianNoise(forNoise, clean, sigma).eval();
        adjoint += (await quality(operator.adjoint(data), truth)) / SCENES;
        for (const [prior, { iterations, strengths, make }] of Object.entries(priors)) {
          for (const [i, strength] of strengths.entries()) {
            report(`${name}: scene ${scene + 1}, ${prior} ${strength}`);
            const method = constrainedAdmm({ ...make(strength), epsilon: sigma * Math.sqrt(data.size) });
            const { value } = await reconstruct(method, { operator, data }, { maxIterations: iterations, signal });
            totals[prior][i] += (await quality(value, truth)) / SCENES;
            value.dispose();
          }
        }
      }
      const best = (prior: string): number => Math.max(...totals[prior]);
      const tried = (prior: string): string => {
        const { strengths } = priors[prior];
        const at = totals[prior].indexOf(best(prior));
        const edge = at === 0 || at === strengths.length - 1 ? "; the best one is at the edge" : "";
        return strengths.map((s, i) => `${s}: ${totals[prior][i].toFixed(1)}`).join(", ") + edge;
      };
      rows.push(
        makeRow({
          id: `magnitude.l1-${count}`,
          title: `${name}: l1 of the magnitude above back-projection`,
          unit: "dB",
          better: "more",
          value: best("l1") - adjoint,
          ...(count === 448 ? { target: { relation: ">=", value: 15 } as const } : {}),
          note: `${best("l1").toFixed(1)} against ${adjoint.toFixed(1)} dB; steps ${tried("l1")}`,
        }),
        makeRow({
          id: `magnitude.learned-${count}`,
          title: `${name}: learned denoiser above l1 of the magnitude`,
          unit: "dB",
          better: "more",
          value: best("learned") - best("l1"),
          ...(count === 125 ? { target: { relation: ">=", value: 2 } as const } : {}),
          note: `${best("learned").toFixed(1)} against ${best("l1").toFixed(1)} dB; levels ${tried("learned")}`,
        }),
      );
    }
    return rows;
  },
};
