/** Eigenvalues and eigenvectors of symmetric matrices. */
import type { JsOperand } from "../backend/backend.ts";
import { divideSymmetric } from "./divideSymmetric.ts";
import { reflectSize, turnBack } from "./reflect.ts";
import { eachMatrix, loadRows, powerOfTwo, storePart, storeRows, transposeRows } from "./storage.ts";
import { tridiagonalize, tridiagonalSize } from "./tridiagonal.ts";
import { stepTridiagonal } from "./tridiagonalSteps.ts";
import { stepOf, withWorkspace, zeroRows, type Host } from "./workspace.ts";

/** Routine: symmetric x [..., n, n] to its eigenvalues, ascending, and, when there is a second output, the eigenvectors. */
export function eighRoutine(
  [x]: readonly JsOperand[],
  [values, vectors]: readonly (JsOperand | undefined)[],
  _: unknown,
  ...host: Host
): void {
  const n = x.shape[x.shape.length - 1];
  const step = stepOf(n);
  const { kept, passing } = tridiagonalSize(n);
  const size = (4 * n + 1) * step + 32 + kept + Math.max(passing, reflectSize(n, n) + 2048);
  withWorkspace(host, size, (w) => {
    const { data } = w;
    const [a, q, room] = [w.take((n + 1) * step), w.take(n * step), w.take(n * step)].map((at) => ({ at, step }));
    const mark = w.mark();
    eachMatrix(x.shape, (index) => {
      loadRows(x, index, n, n, data, a.at, step);
      w.mirror("mean", n, a.at, step);
      const scale = powerOfTwo(data, a.at, step, n, n);
      let d: Float64Array | null = null;
      if (!Number.isNaN(scale)) {
        const form = tridiagonalize(w, a.at, step, n);
        if (vectors === undefined) d = stepTridiagonal({ d: form.d, e: form.e, q: null }) ? form.d : null;
        else {
          zeroRows(data, q.at, step, n, n);
          d = divideSymmetric(w, { d: form.d, e: form.e, q, spare: [a, room] }) ? form.d : null;
          if (d !== null) turnBack(w, form.reflections, 1, q.at, step, n, false);
        }
      }
      w.release(mark);
      const order = d === null ? [] : Array.from(d.keys()).sort((i, j) => d[i] - d[j]);
      storePart(values!, index, d === null ? new Float64Array(n).fill(NaN) : order.map((i) => d[i] * scale));
      if (vectors === undefined) return;
      if (d === null) storePart(vectors, index, new Float64Array(n * n).fill(NaN));
      else {
        order.forEach((from, to) => {
          const row = q.at + from * step;
          data.copyWithin(a.at + to * step, row, row + n);
        });
        transposeRows(data, a.at, step, n, n, room.at, step);
        storeRows(vectors, index, n, n, data, room.at, step);
      }
    });
  });
}
