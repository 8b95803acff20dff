/** The QR factorization of complex matrices by blocks of Householder reflections. */
import type { JsOperand } from "../backend/backend.ts";
import {
  addReflection,
  applyBlock,
  applyToRow,
  blockFactor,
  extendBlock,
  reflectSize,
  REFLECTIONS,
  turnPairs,
  type ComplexReflections,
} from "./complexReflect.ts";
import { complexShape, loadPairs, pairsSize, storePairs, takePairs, type Pairs } from "./complexRows.ts";
import { eachMatrix, powerOfTwo } from "./storage.ts";
import { withWorkspace, zeroRows, type Host, type Workspace } from "./workspace.ts";

/** Replaces an m x n matrix by R, but for what is below the diagonal; the columns of a block are reflected as rows. */
function reduceColumns(w: Workspace, a: Pairs, m: number, n: number, to: ComplexReflections): void {
  const { data } = w;
  const { v, taus } = to;
  const steps = Math.min(m, n);
  const t = blockFactor();
  for (let start = 0; start < steps; start += REFLECTIONS) {
    const end = Math.min(steps, start + REFLECTIONS);
    for (let j = start; j < end; j++) {
      const row = v.at + 2 * j * v.step;
      for (let i = start; i < m; i++) {
        const from = a.at + 2 * i * a.step + j;
        data[row + i] = data[from];
        data[row + v.step + i] = data[from + a.step];
      }
      applyToRow(w, to, start, j - start, t, row, v.step);
      for (let i = start; i < j; i++) {
        const place = a.at + 2 * i * a.step + j;
        data[place] = data[row + i];
        data[place + a.step] = data[row + v.step + i];
      }
      const diagonal = a.at + 2 * j * a.step + j;
      data[diagonal] = addReflection(data, to);
      data[diagonal + a.step] = 0;
      extendBlock(w, to, start, taus.length - 1 - start, t);
    }
    applyBlock(w, to, start, end - start, t, true, a, end, n - end);
  }
}

/** Routine: x [..., m, n] to Q [..., m, k] and R [..., k, n], the diagonal of R real and not negative. */
export function complexQrRoutine(
  [x]: readonly JsOperand[],
  [q, r]: readonly JsOperand[],
  _: unknown,
  ...host: Host
): void {
  const shape = complexShape(x);
  const [m, n] = shape.slice(-2);
  const k = complexShape(q)[shape.length - 1];
  const steps = Math.min(m, n);
  const size =
    pairsSize(m, n) + pairsSize(steps, m) + pairsSize(m, k) + pairsSize(k, n) + reflectSize(m, Math.max(n, k));
  withWorkspace(host, size, (w) => {
    const { data } = w;
    const [a, v] = [takePairs(w, m, n), takePairs(w, steps, m)];
    const [left, right] = [takePairs(w, m, k), takePairs(w, k, n)];
    eachMatrix(shape, (index) => {
      loadPairs(x, index, m, n, data, a);
      const scale = powerOfTwo(data, a.at, a.step, 2 * m, n);
      const reflections = { v, length: m, lead: 0, taus: [] };
      reduceColumns(w, a, m, n, reflections);
      zeroRows(data, left.at, left.step, 2 * m, k);
      for (let i = 0; i < k; i++) data[left.at + 2 * i * left.step + i] = 1;
      turnPairs(w, reflections, left, k, true);
      zeroRows(data, right.at, right.step, 2 * k, n);
      for (let i = 0; i < steps; i++) {
        const from = a.at + 2 * i * a.step;
        const to = right.at + 2 * i * right.step;
        const sign = data[from + i] < 0 ? -1 : 1;
        for (let j = i; j < n; j++) {
          data[to + j] = sign * data[from + j] * scale;
          data[to + right.step + j] = sign * data[from + a.step + j] * scale;
        }
        for (let j = 0; sign < 0 && j < 2 * m; j++) data[left.at + j * left.step + i] *= -1;
      }
      storePairs(q, index, m, k, data, left);
      storePairs(r, index, k, n, data, right);
    });
  });
}
