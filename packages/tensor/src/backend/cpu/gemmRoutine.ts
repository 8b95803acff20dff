import type { CpuRoutine, RoutineOperand } from "../backend.ts";
import { hasRelaxedSimd } from "./asm.ts";
import { gemmPlan } from "./gemm.ts";
import type { MatrixView } from "./gemm.ts";

function view({ offset, strides }: RoutineOperand): MatrixView {
  return { offset, batch: strides.slice(0, -2), row: strides.at(-2)!, column: strides.at(-1)! };
}

/** Matrix product on the CPU: [..., m, k] times [..., k, n] with equal leading axes, f32 or f64, any strides. */
export const gemmCpu: CpuRoutine = ([a, b], [c], _attr, options) => {
  if (c.dtype !== "f32" && c.dtype !== "f64") return null;
  return gemmPlan({
    dtype: c.dtype,
    batch: a.shape.slice(0, -2),
    m: a.shape.at(-2)!,
    n: b.shape.at(-1)!,
    k: a.shape.at(-1)!,
    a: view(a),
    b: view(b),
    start: c.offset,
    relaxed: options.relaxed && hasRelaxedSimd(),
  });
};
