/** The QR factorization by blocks of Householder reflections. */
import type { JsOperand } from "../backend/backend.ts";
import {
  applyBlock,
  extendBlock,
  reflectionOf,
  reflectSize,
  REFLECTIONS,
  turnBack,
  type Reflections,
} from "./reflect.ts";
import { eachMatrix, loadRows, powerOfTwo, storeRows, transposeRows } from "./storage.ts";
import { stepOf, withWorkspace, type Host, type Workspace } from "./workspace.ts";

/** What the routine is told. */
export interface QrAttr {
  /** Q has all m columns. */
  readonly complete: boolean;
}

/**
 * Reduces n rows of m elements, the columns of a matrix, to those of R: row j keeps j + 1 elements. The vectors of the reflections go to
 * rows of their own.
 */
export function reduceColumns(w: Workspace, a: number, step: number, m: number, n: number, to: Reflections): void {
  const { data } = w;
  const { v, taus } = to;
  const k = taus.length;
  const mark = w.mark();
  const t = w.take(REFLECTIONS * REFLECTIONS);
  const [g, f] = [w.take(REFLECTIONS), w.take(REFLECTIONS)];
  for (let start = 0; start < k; start += REFLECTIONS) {
    const end = Math.min(k, start + REFLECTIONS);
    for (let j = start; j < end; j++) {
      const count = j - start;
      const row = a + j * step;
      // Times what the block is so far: row (I - V^T T V).
      w.dots(count, m - start, v + start * step + start, step, row + start, g);
      for (let q = 0; q < count; q++) {
        let sum = 0;
        for (let p = 0; p <= q; p++) sum += data[g + p] * data[t + p * REFLECTIONS + q];
        data[f + q] = sum;
      }
      w.subtract(count, m - start, f, 1, v + start * step + start, step, row + start);
      const vector = v + j * step;
      for (let i = start; i < j; i++) data[vector + i] = 0;
      for (let i = j; i < m; i++) data[vector + i] = data[row + i];
      const { tau, beta } = reflectionOf(data, vector + j, m - j);
      taus[j] = tau;
      data[row + j] = beta;
      extendBlock(w, to, start, count, start, t);
    }
    applyBlock(w, to, start, end - start, start, t, false, a + end * step, step, n - end);
  }
  w.release(mark);
}

/** Routine: x [..., m, n] to Q [..., m, k] and R [..., k, n], the diagonal of R not negative. */
export function qrRoutine([x]: readonly JsOperand[], [q, r]: readonly JsOperand[], _: unknown, ...host: Host): void {
  const [m, n] = x.shape.slice(-2);
  const k = q.shape[q.shape.length - 1];
  const steps = Math.min(m, n);
  const [step, flat] = [stepOf(m), stepOf(Math.max(n, k))];
  const size = (n + steps + k) * step + m * flat + 2 * reflectSize(Math.max(n, k), m);
  withWorkspace(host, size, (w) => {
    const { data } = w;
    const [a, v, left, rows] = [w.take(n * step), w.take(steps * step), w.take(k * step), w.take(m * flat)];
    const reflections = { v, step, length: m, taus: new Float64Array(steps) };
    eachMatrix(x.shape, (index) => {
      loadRows(x, index, m, n, data, rows, flat);
      transposeRows(data, rows, flat, m, n, a, step);
      const scale = powerOfTwo(data, a, step, n, m);
      reduceColumns(w, a, step, m, n, reflections);
      for (let i = 0; i < k * step; i++) data[left + i] = 0;
      for (let i = 0; i < k; i++) data[left + i * step + i] = 1;
      turnBack(w, reflections, 0, left, step, k, true);
      for (let i = 0; i < steps; i++) {
        if (!(data[a + i * step + i] < 0)) continue;
        for (let j = i; j < n; j++) data[a + j * step + i] *= -1;
        for (let j = 0; j < m; j++) data[left + i * step + j] *= -1;
      }
      transposeRows(data, left, step, k, m, rows, flat);
      storeRows(q, index, m, k, data, rows, flat);
      for (let j = 0; j < n; j++) {
        for (let i = 0; i < k; i++) data[rows + i * flat + j] = i <= j ? data[a + j * step + i] * scale : 0;
      }
      storeRows(r, index, k, n, data, rows, flat);
    });
  });
}
