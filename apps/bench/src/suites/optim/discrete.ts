/** Values from finite sets: filters with few bits, and problems small enough for proofs. */
import {
  branchAndBound,
  designFir,
  firAmplitude,
  solveDiscrete,
  type FirDesign,
  type FirSpecification,
} from "@ansatz/optim/discrete";
import { key, normal } from "@ansatz/tensor/random";
import { checkSignal } from "../../cli/io.ts";
import type { Curve, Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

/** Filters, and where it is known the optimum, which branch and bound proved beforehand. */
const FILTERS: readonly (FirSpecification & { readonly optimum?: number })[] = [
  { order: 24, bits: 6, type: "lowpass", edges: [0.3, 0.4] },
  { order: 40, bits: 10, type: "lowpass", edges: [0.3, 0.4] },
  { order: 20, bits: 6, type: "bandpass", edges: [0.2, 0.35, 0.65, 0.8] },
  { order: 24, bits: 8, type: "lowpass", edges: [0.3, 0.45], optimum: 0.02697263899 },
  { order: 16, bits: 6, type: "highpass", edges: [0.4, 0.6], optimum: 0.05949576411 },
  { order: 20, bits: 6, type: "bandpass", edges: [0.2, 0.35, 0.6, 0.75], optimum: 0.08673689827 },
  { order: 20, bits: 5, type: "bandstop", edges: [0.25, 0.4, 0.6, 0.75], optimum: 0.1049758987 },
];

/** Points of a response, and the smallest amplitude drawn. */
const [POINTS, LEAST] = [240, 1e-4];

/** The frequency responses of the filter that was found, of the rounded one, and of the best with real coefficients. */
function responses({ coefficients, rounded, continuous }: FirDesign, name: string): Curve[] {
  const frequencies = Array.from({ length: POINTS }, (_, i) => (i + 1) / POINTS);
  return (
    [
      ["found", coefficients],
      ["rounded", rounded.coefficients],
      ["real coefficients", continuous.coefficients],
    ] as const
  ).map(([label, taps]) => {
    const amplitude = firAmplitude(taps, frequencies);
    return {
      name: label,
      x: "frequency over the Nyquist frequency",
      y: `amplitude, ${name}`,
      points: frequencies.map((f, i) => [f, Math.max(LEAST, Math.abs(amplitude[i]))]),
    };
  });
}

/** Ripple of filters with few bits. */
export const filters: Figure = {
  id: "filters",
  title: "filters with few bits: ripple after the search, against rounding and proved optima",
  async run({ seed, signal, report }): Promise<Row[]> {
    const rows: Row[] = [];
    for (const { optimum, ...filter } of FILTERS) {
      const id = `${filter.type}-${filter.order}-${filter.bits}${optimum === undefined ? "" : "-proved"}`;
      const name = `${filter.type} of order ${filter.order}, ${filter.bits} bits`;
      report(id);
      const design = await designFir(filter, { key: key(seed), signal });
      const { ripple, rounded, continuous, search } = design;
      rows.push(
        makeRow({
          id: `filters.${id}`,
          title: `${name}: ripple over that of rounding`,
          unit: "",
          better: "less",
          value: ripple / rounded.ripple,
          target: { relation: "<=", value: 1 },
          note: `ripple ${ripple.toPrecision(4)}, rounded ${rounded.ripple.toPrecision(4)}, real coefficients ${continuous.ripple.toPrecision(4)}; ${search.message}`,
          curves: responses(design, name),
        }),
      );
      if (optimum === undefined) continue;
      rows.push(
        makeRow({
          id: `filters.${id}.optimum`,
          title: `${name}: ripple above the proved optimum`,
          unit: "%",
          better: "less",
          value: 100 * Math.max(0, ripple / optimum - 1),
          target: { relation: "<=", value: 0.1 },
        }),
      );
    }
    return rows;
  },
};

/** Problems, their rows and variables, and the levels. */
const [PROBLEMS, ROWS, VARIABLES] = [12, 20, 10];
const LEVELS = [-1, -0.5, 0, 0.5, 1];

/** Searches against proofs. */
export const discrete: Figure = {
  id: "discrete",
  title: `${PROBLEMS} random min-max problems, ${VARIABLES} variables of ${LEVELS.length} levels: the search against branch and bound`,
  async run({ seed, signal, report }): Promise<Row[]> {
    let [worst, aboveStart, differing] = [0, 0, 0];
    const ratios: number[] = [];
    for (let i = 0; i < PROBLEMS; i++) {
      checkSignal(signal);
      report(`problem ${i + 1} of ${PROBLEMS}`);
      const [a, b] = key(seed).fold(i).split(2);
      const entries = Array.from(await normal(a, [ROWS * VARIABLES], { dtype: "f64" }).data(), Number);
      const matrix = Array.from({ length: ROWS }, (_, r) => entries.slice(r * VARIABLES, (r + 1) * VARIABLES));
      const target = Array.from(await normal(b, [ROWS], { dtype: "f64" }).data(), Number);
      const problem = { matrix, target, levels: LEVELS };
      const exact = await branchAndBound(problem, { maxNodes: 1e7 });
      if (exact.status !== "optimal") throw new Error(`discrete: no proof (${exact.message})`);
      const [first, again] = [
        await solveDiscrete(problem, { key: key(seed + i) }),
        await solveDiscrete(problem, { key: key(seed + i) }),
      ];
      const ratio = first.objective / exact.objective;
      ratios.push(ratio);
      worst = Math.max(worst, ratio);
      if (first.objective > first.started.objective) aboveStart++;
      if (again.objective !== first.objective || again.value.some((v, j) => v !== first.value[j])) differing++;
    }
    const row = (id: string, title: string, value: number, most: number, note?: string): Row =>
      makeRow({
        id: `discrete.${id}`,
        title,
        unit: "",
        better: "less",
        value,
        target: { relation: "<=", value: most },
        note,
      });
    return [
      row(
        "gap",
        "objective over the optimum, the worst of all",
        worst,
        1.01,
        ratios.map((r) => r.toFixed(3)).join(", "),
      ),
      row("start", "results worse than their start", aboveStart, 0),
      row("repeat", "results that differ when repeated", differing, 0),
    ];
  },
};
