/** Echoes of a radar against sums by NumPy. */
import { linearArray, mimoOperator, type MimoSetup } from "@ansatz/inverse";
import { complex, tensor, zeros } from "@ansatz/tensor";
import { inProcess } from "../../measure/interleave.ts";
import { OURS } from "../../peers/ours.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { compareWithScipy } from "../scipy.ts";
import { onOneThread } from "../tensor/elementwise.ts";
import { ramp, withAnswers } from "./work.ts";

const line = (count: number, from: number, to: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

const SETUP: MimoSetup = {
  transmitters: linearArray("x", 8, 0.3),
  receivers: linearArray("y", 8, 0.3),
  frequencies: line(16, 4e9, 16e9),
  x: line(15, -0.15, 0.15),
  y: line(15, -0.15, 0.15),
  z: line(5, 0.46, 0.54),
};

export const radarFigure: Figure = {
  id: "mimo",
  title: "echoes of 1125 voxels, 8 x 8 antennas, 16 frequencies, one thread",
  run: (context) =>
    onOneThread(() =>
      withAnswers(async (python) => {
        const rows: Row[] = [];
        for (const precision of ["f32", "f64"] as const) {
          const operator = mimoOperator(SETUP, { precision });
          const shape = operator.domain;
          const real = { shape, dtype: precision, device: "cpu" } as const;
          using re = tensor(ramp(shape.reduce((a, b) => a * b)), real);
          using im = zeros(shape, { dtype: precision, device: "cpu" });
          using scene = complex(re, im).eval();
          rows.push(
            await compareWithScipy(context, python, {
              id: `mimo.${precision}`,
              title: `forward, ${operator.dtype}`,
              mine: inProcess(OURS, () => operator.apply(scene).eval().dispose()),
              theirs: { kind: "mimo", precision, setup: SETUP },
              rival: "NumPy",
              ratio: "speed",
              target: { relation: ">=", value: 10 },
            }),
          );
        }
        return rows;
      }),
    ),
};
