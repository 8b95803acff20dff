/** How far every operator is from its adjoint. */
import { operators } from "@ansatz/inverse";
import { adjointError } from "@ansatz/tensor/linear";
import { key } from "@ansatz/tensor/random";
import { checkSignal } from "../../cli/io.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

const LIMITS = { f32: 1e-6, f64: 1e-12 };

export const adjointFigure: Figure = {
  id: "adjoint",
  title: "<A x, y> = <x, A* y> for every operator",
  async run({ seed, signal }) {
    const rows: Row[] = [];
    for (const { name, create } of operators) {
      for (const dtype of ["f32", "f64"] as const) {
        checkSignal(signal);
        rows.push(
          makeRow({
            id: `adjoint.${name.replaceAll(" ", "-")}.${dtype}`,
            title: `${name}, ${dtype}: relative error`,
            unit: "",
            better: "less",
            value: await adjointError(create(dtype), key(seed)),
            target: { relation: "<=", value: LIMITS[dtype] },
          }),
        );
      }
    }
    return rows;
  },
};
