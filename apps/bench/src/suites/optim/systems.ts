/** Linear systems with learned directions. */
import { directionNet, directionOf, loadParameters, trainDirections } from "@ansatz/nn";
import { disposeTree } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { readAsset } from "../../assets.ts";
import { poissonIterations, type PoissonRun } from "../../problems/poisson.ts";
import type { Row } from "../../results/benchResult.ts";
import { shippedDirections } from "../../train/directions.ts";
import type { Figure } from "../base.ts";
import { makeRow, type RowFacts } from "../rows.ts";

function counted(id: string, title: string, value: number, most?: number): Row {
  const target: RowFacts["target"] = most === undefined ? undefined : { relation: "<=", value: most };
  return makeRow({ id, title, unit: "iterations", better: "less", value, target });
}

/** Networks that were never trained. */
const UNTRAINED = 4;

/** Iterations of deep conjugate directions on Poisson's equation beside those of classical methods. */
export const directions: Figure = {
  id: "directions",
  title: "Poisson's equation to 1e-6: learned directions against classical preconditioners",
  async run({ seed, device, signal, report }): Promise<Row[]> {
    const rows: Row[] = [];
    const classical = async (size: number): Promise<void> => {
      report(`classical methods, ${size}²`);
      const near = size - 1;
      for (const [name, title, run] of [
        ["cg", "conjugate gradients", { size }],
        ["icpcg", "with incomplete Cholesky factors", { size, preconditioner: "ic0" }],
        ["mgpcg", `with a V-cycle, on ${near}²`, { size: near, preconditioner: "multigrid" }],
      ] as readonly [string, string, PoissonRun][]) {
        rows.push(counted(`directions.${size}.${name}`, `${size}²: ${title}`, await poissonIterations(run)));
      }
    };
    const net = directionNet();
    const [forInit, forRun] = key(seed).split(2);
    const fresh = net.init(forInit, { device: device.name });
    const start = performance.now();
    const trained = await trainDirections(net, {
      params: fresh,
      key: forRun,
      stages: [{ size: 16, steps: 600 }],
      smoothness: 0.5,
      signal,
      onStep: ({ step, steps }) => report(`training on 16²: step ${step} of ${steps}`),
    });
    const seconds = (performance.now() - start) / 1000;
    rows.push(
      makeRow({
        id: "directions.training",
        title: "training the small network on 16²",
        unit: "s",
        better: "less",
        value: seconds,
        target: { relation: "<=", value: 60 },
      }),
    );
    const small = directionOf(net, trained.params);
    for (const [size, most] of [
      [16, 14],
      [32, 22],
    ] as const) {
      await classical(size);
      const count = await poissonIterations({ size, direction: small });
      rows.push(counted(`directions.${size}.net`, `${size}²: directions of the network trained on 16²`, count, most));
      const raw: number[] = [];
      for (let i = 0; i < UNTRAINED; i++) {
        report(`untrained network ${i + 1}, ${size}²`);
        const params = net.init(key(seed).fold(i), { device: device.name });
        raw.push(await poissonIterations({ size, direction: directionOf(net, params) }));
        disposeTree(params as never);
      }
      const plain = await poissonIterations({ size });
      rows.push(
        makeRow({
          id: `directions.${size}.untrained`,
          title: `${size}²: untrained and safeguarded, the worst of ${UNTRAINED}, over conjugate gradients`,
          unit: "x",
          better: "less",
          value: Math.max(...raw) / plain,
          target: { relation: "<=", value: 1.5 },
          note: `${raw.join(", ")} against ${plain} iterations`,
        }),
      );
    }
    const { params } = loadParameters(await readAsset("directions"), shippedDirections.init(key(0)), {
      device: device.name,
    });
    const shipped = directionOf(shippedDirections, params);
    const counts: number[] = [];
    for (const size of [64, 128]) {
      await classical(size);
      report(`shipped network, ${size}²`);
      counts.push(await poissonIterations({ size, direction: shipped }));
      rows.push(
        counted(
          `directions.${size}.net`,
          `${size}²: directions of the shipped network of five grids`,
          counts[counts.length - 1],
          30,
        ),
      );
    }
    rows.push(
      makeRow({
        id: "directions.growth",
        title: "iterations on 128² over those on 64²",
        unit: "",
        better: "less",
        value: Math.max(...counts) / Math.min(...counts),
        target: { relation: "<=", value: 1.5 },
      }),
    );
    disposeTree([fresh, trained.params, params] as never);
    return rows;
  },
};
