/** Plug-and-play with the trained denoiser against total variation. */
import {
  bm3d,
  nonLocalMeans,
  pnpAdmm,
  psnr,
  reconstruct,
  tvDenoiser,
  waveletDenoiser,
  type Denoiser,
} from "@ansatz/inverse";
import { trainedDenoiser } from "../../models/trainedDenoisers.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";
import { bestVariation } from "./baselines.ts";
import { goldenScan, type ScanKind } from "./scans.ts";

/** Penalty and level of noise, in units of pixels; of the levels the best one counts, as the weight does for total variation. */
const SETTINGS: Readonly<Record<ScanKind, { readonly penalty: number; readonly levels: readonly number[] }>> = {
  par: { penalty: 30, levels: [0.03, 0.045, 0.06] },
  fan: { penalty: 10, levels: [0.03, 0.045, 0.06] },
};
const ITERATIONS = 60;

export const plugAndPlayFigure: Figure = {
  id: "pnp",
  title: `plug-and-play ADMM, ${ITERATIONS} iterations, 32 x 32 pixels, 30 noisy views; the network learned on random heads and ellipses`,
  async run({ signal, report }) {
    const learned = await trainedDenoiser("denoiser");
    const denoisers: Readonly<Record<string, Denoiser>> = {
      learned,
      wavelet: waveletDenoiser(),
      "non-local": nonLocalMeans(),
      bm3d: bm3d(),
      tv: tvDenoiser(),
    };
    const rows: Row[] = [];
    for (const [kind, { penalty, levels }] of Object.entries(SETTINGS)) {
      const scan = await goldenScan(kind as ScanKind);
      const { operator, data, truth } = scan;
      const { quality: variation } = await bestVariation(scan, [0.3, 0.6, 1], signal);
      for (const [name, denoiser] of Object.entries(denoisers)) {
        report(`${kind}: ${name}`);
        const found: number[] = [];
        for (const sigma of levels) {
          const method = pnpAdmm({ denoiser, sigma, penalty });
          const { value } = await reconstruct(method, { operator, data }, { maxIterations: ITERATIONS, signal });
          found.push(await psnr(value, truth));
          value.dispose();
        }
        const best = Math.max(...found);
        rows.push(
          makeRow({
            id: `pnp.${kind}-${name}`,
            title: `${kind === "par" ? "parallel, normal noise" : "fan, few photons"}: ${name} above total variation`,
            unit: "dB",
            better: "more",
            value: best - variation,
            ...(name === "learned" ? { target: { relation: ">=", value: 0.5 } as const } : {}),
            note: `${best.toFixed(2)} against ${variation.toFixed(2)} dB; levels ${levels.map((s, i) => `${s}: ${found[i].toFixed(2)}`).join(", ")}`,
          }),
        );
      }
    }
    return rows;
  },
};
