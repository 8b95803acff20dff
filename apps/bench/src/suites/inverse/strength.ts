/** How strong total variation has to be, found on heads that no comparison has. */
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";
import { variationQuality } from "./baselines.ts";
import { openScan, weightOf, type ScanKind } from "./scans.ts";

/** What the comparisons of priors use; the figure below tries half of it and twice as much on other heads. */
export const STRENGTH = 0.3;

const STRENGTHS = [STRENGTH / 2, STRENGTH, 2 * STRENGTH];

/** Random phantoms with even numbers are heads. */
const HEADS = [2, 4, 6];

const SCANS = [
  { size: 32, views: 30, noise: 0.06 },
  { size: 64, views: 45, noise: 0.05 },
];

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

export const strengthFigure: Figure = {
  id: "strength",
  title: `strength of total variation on ${HEADS.length} random heads`,
  async run({ seed, signal, report }) {
    const rows: Row[] = [];
    for (const kind of ["par", "fan"] as ScanKind[]) {
      for (const made of SCANS) {
        const found: number[][] = STRENGTHS.map(() => []);
        for (const phantom of HEADS) {
          const scan = await openScan({ kind, made: { ...made, seed, phantom } });
          for (const [i, strength] of STRENGTHS.entries()) {
            report(`${kind}, ${made.size} pixels: head ${phantom}, ${strength}`);
            found[i].push((await variationQuality(scan, weightOf(scan, strength), signal)).quality);
          }
        }
        const [half, chosen, twice] = found.map(mean);
        rows.push(
          makeRow({
            id: `strength.${kind}-${made.size}`,
            title: `${kind === "par" ? "parallel, normal noise" : "fan, few photons"}, ${made.size} x ${made.size} pixels: strength ${STRENGTH} above half of it and twice as much`,
            unit: "dB",
            better: "more",
            value: chosen - Math.max(half, twice),
            runs: HEADS.length,
            target: { relation: ">=", value: 0 },
            note: [half, chosen, twice].map((q, i) => `${STRENGTHS[i]}: ${q.toFixed(2)}`).join(", "),
          }),
        );
      }
    }
    return rows;
  },
};
