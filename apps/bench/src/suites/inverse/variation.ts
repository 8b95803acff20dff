/** Total variation: time per iteration, and what it reaches. */
import {
  admm,
  chambollePock,
  ellipsePhantom,
  ellipseSinogram,
  evenAngles,
  gaussianNoise,
  gradientNorm,
  gradientOperator,
  nonNegative,
  parallelBeam,
  projector,
  psnr,
  reconstruct,
  sheppLogan,
  sigmaForSnr,
  unitSquare,
  type Algorithm,
} from "@ansatz/inverse";
import { key } from "@ansatz/tensor/random";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

const [SIZE, VIEWS, ITERATIONS] = [256, 60, 200];
const WEIGHT = 7e-4;

const term = {
  operator: gradientOperator([SIZE, SIZE]),
  regularizer: gradientNorm(WEIGHT),
  norm: Math.sqrt(8),
};

const METHODS: Readonly<Record<string, () => Algorithm>> = {
  "chambolle-pock": () => chambollePock({ terms: [term], constraint: nonNegative(), ratio: 20 }),
  admm: () => admm({ terms: [term, { regularizer: nonNegative() }], penalty: 0.1, innerIterations: 5 }),
};

export const variationFigure: Figure = {
  id: "tv",
  title: `total variation, ${SIZE}^2 pixels, ${VIEWS} views, ${ITERATIONS} iterations, f32`,
  async run({ seed, signal, report, device }) {
    const image = unitSquare(SIZE);
    const detectors = 2 * Math.ceil(SIZE * Math.SQRT1_2) + 1;
    const geometry = parallelBeam({ image, angles: evenAngles(VIEWS), detectors, spacing: image.pixel });
    const truth = ellipsePhantom(sheppLogan(), image, { supersample: 4 });
    const exact = await ellipseSinogram(sheppLogan(), geometry).to(device.name);
    const data = gaussianNoise(key(seed), exact, await sigmaForSnr(exact, 30));
    const operator = projector(geometry);
    const rows = [];
    for (const [name, create] of Object.entries(METHODS)) {
      report(name);
      // Kernels are compiled, and norms found, in a short run before.
      await reconstruct(create(), { operator, data }, { maxIterations: 1, signal });
      const start = performance.now();
      const { value, iterations } = await reconstruct(
        create(),
        { operator, data },
        { maxIterations: ITERATIONS, signal },
      );
      const seconds = (performance.now() - start) / 1000;
      rows.push(
        makeRow({
          id: `tv.${name}`,
          title: `${name}, time per iteration`,
          unit: "ms",
          better: "less",
          value: (1000 * seconds) / iterations,
          note: `${seconds.toFixed(1)} s, ${(await psnr(value, truth)).toFixed(2)} dB`,
        }),
      );
      value.dispose();
    }
    return rows;
  },
};
