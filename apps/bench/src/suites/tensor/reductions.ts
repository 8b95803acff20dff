/** C5 and C6: reductions, and single operations on a few elements. */
import { exp, matmul, softmax, sum, take, tensor, transpose, type Tensor } from "@ansatz/tensor";
import { inProcess, interleave } from "../../measure/interleave.ts";
import { summarize } from "../../measure/statistics.ts";
import { OURS } from "../../peers/ours.ts";
import { ramp } from "../../peers/work.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { fromSummary, makeRow } from "../rows.ts";
import { timeWork } from "../timing.ts";
import { onOneThread } from "./elementwise.ts";

const SUMS = [
  [null, "all elements"],
  [1, "rows"],
  [0, "columns"],
] as const;

export const c5: Figure = {
  id: "C5",
  title: "sums of a matrix of 2^22 elements",
  run: (context) =>
    onOneThread(async () => {
      const rows: Row[] = [];
      for (const [axis, name] of SUMS) {
        rows.push(
          await timeWork(context, {
            id: `C5.${name.split(" ")[0]}`,
            title: `sum of ${name}, 4096 x 1024 f32, one thread`,
            work: { kind: "sum", rows: 4096, columns: 1024, axis },
            unit: "ms",
            beats: ["tfjs-wasm", "jax-js", "numpy-ts", "NumPy"],
          }),
        );
      }
      return rows;
    }),
};

const INDICES = Int32Array.of(3, 1, 2, 0);

/** Single operations on 4 x 4 matrices, recorded, evaluated and disposed. */
const TINY: Readonly<Record<string, (x: Tensor, at: Tensor) => Tensor>> = {
  add: (x) => x.add(x),
  exp: (x) => exp(x),
  "x times 2": (x) => x.mul(2),
  sum: (x) => sum(x),
  transpose: (x) => transpose(x).add(1),
  matmul: (x) => matmul(x, x),
  softmax: (x) => softmax(x),
  take: (x, at) => take(x, at),
};

/** Most microseconds per operation. */
const TINY_GOAL = 3;

export const c6: Figure = {
  id: "C6",
  title: "single operations on 4 x 4 elements",
  run: ({ signal }) =>
    onOneThread(async () => {
      using x = tensor(ramp(16), { shape: [4, 4], device: "cpu" });
      using at = tensor(INDICES, { device: "cpu" });
      const contenders = Object.values(TINY).map((compute) =>
        inProcess(OURS, () => {
          const y = compute(x, at);
          y.eval();
          y.dispose();
        }),
      );
      const times = await interleave(contenders, { clock: "cpu", signal });
      return Object.keys(TINY).map((name, i) =>
        makeRow({
          id: `C6.${name.replaceAll(" ", "-")}`,
          title: `${name}, recorded, evaluated and disposed`,
          unit: "us",
          better: "less",
          ...fromSummary(summarize(times[i].map((seconds) => seconds * 1e6))),
          target: { relation: "<=", value: TINY_GOAL },
        }),
      );
    }),
};
