/** How fast M-FAC's window is: against its count of operations, and against NumPy doing the same algebra. */
import { fisherWindow } from "@ansatz/optim";
import type { Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { checkSignal } from "../../cli/io.ts";
import { inProcessAsync, type Contender } from "../../measure/interleave.ts";
import { OURS } from "../../peers/ours.ts";
import type { Python } from "../../peers/python.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";
import { timeWithScipy, withScipy } from "../scipy.ts";
import { onOneThread } from "../tensor/elementwise.ts";

const DIMENSIONS = [1e4, 1e5, 1e6];
const WINDOWS = [16, 64, 256];

/** Windows that hold at most this many numbers are measured. */
const LARGEST = 1.3e8;

/** Most that the time per element of the window may grow from the smallest dimension to the largest. */
const GROWTH = 3;

/** Our side: pushing a gradient, and a product with another vector. */
async function contenders(
  d: number,
  m: number,
): Promise<Record<"push" | "product", Contender> & { release: () => void }> {
  const window = fisherWindow({ size: m, dimension: d, device: "cpu" });
  const gradients = [0, 1, 2].map((k) => normal(key(d + m).fold(k), [d], { device: "cpu" }).eval() as Tensor);
  let state = window.init();
  const push = async (k: number): Promise<void> => {
    const next = await window.push(state, gradients[k]);
    next.rows.eval();
    state.rows.dispose();
    state = next;
  };
  for (const k of gradients.keys()) await push(k);
  return {
    push: inProcessAsync(OURS, () => push(0)),
    product: inProcessAsync(OURS, async () => {
      const y = await window.product(state, gradients[1]);
      y.eval();
      y.dispose();
    }),
    release: () => [state.rows, ...gradients].forEach((t) => t.dispose()),
  };
}

async function mfacRows(context: FigureContext, python: Python | null): Promise<Row[]> {
  const rows: Row[] = [];
  for (const m of WINDOWS) {
    const perElement: Record<"push" | "product", number[]> = { push: [], product: [] };
    for (const d of DIMENSIONS) {
      if (d * m > LARGEST) continue;
      checkSignal(context.signal);
      const mine = await contenders(d, m);
      for (const kind of ["push", "product"] as const) {
        const { row, milliseconds } = await timeWithScipy(context, python, {
          id: `mfac.${kind}.${d}.${m}`,
          title: `M-FAC ${kind}, d = ${d.toExponential(0)}, m = ${m}`,
          mine: mine[kind],
          theirs: { kind, d, m },
          rival: "NumPy",
          ratio: "time",
        });
        rows.push(row);
        perElement[kind].push((1e6 * milliseconds) / (d * m));
      }
      mine.release();
    }
    for (const [kind, times] of Object.entries(perElement)) {
      rows.push(
        makeRow({
          id: `mfac.growth.${kind}.${m}`,
          title: `M-FAC ${kind}, m = ${m}: time per element of the window, largest dimension over the smallest`,
          unit: "x",
          better: "less",
          value: times[times.length - 1] / times[0],
          target: { relation: "<=", value: GROWTH },
          note: `${times.map((t) => t.toFixed(2)).join(", ")} ns`,
        }),
      );
    }
  }
  return rows;
}

/** M-FAC. */
export const mfacSpeed: Figure = {
  id: "mfac",
  title: "M-FAC: new gradients and products, by dimension d and window m",
  run: (context) =>
    onOneThread(() => withScipy(new URL("numpyAnswers.py", import.meta.url), (python) => mfacRows(context, python))),
};
