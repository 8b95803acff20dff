/** The QR factorization by Householder reflections. */
import type { JsOperand } from "../backend/backend.ts";
import { reflectionOf, reflectRows } from "./reflect.ts";
import { eachMatrix, loadPart, storePart } from "./storage.ts";

/** What the routine is told. */
export interface QrAttr {
  /** Q has all m columns. */
  readonly complete: boolean;
}

/** Routine: x [..., m, n] to Q [..., m, k] and R [..., k, n], the diagonal of R not negative. */
export function qrRoutine([x]: readonly JsOperand[], [q, r]: readonly JsOperand[]): void {
  const [m, n] = x.shape.slice(-2);
  const k = q.shape[q.shape.length - 1];
  const steps = Math.min(m, n);
  eachMatrix(x.shape, (index) => {
    const a = loadPart(x, index, m * n);
    const vectors: Float64Array[] = [];
    const taus: number[] = [];
    const signs = new Float64Array(k).fill(1);
    for (let j = 0; j < steps; j++) {
      const v = Float64Array.from({ length: m - j }, (_, i) => a[(j + i) * n + j]);
      const { tau, beta } = reflectionOf(v);
      reflectRows(a, n, j, j + 1, v, tau);
      a[j * n + j] = beta;
      for (let i = j + 1; i < m; i++) a[i * n + j] = 0;
      if (beta < 0) signs[j] = -1;
      vectors.push(v);
      taus.push(tau);
    }
    const left = new Float64Array(m * k);
    for (let i = 0; i < k; i++) left[i * k + i] = 1;
    for (let j = steps - 1; j >= 0; j--) reflectRows(left, k, j, j, vectors[j], taus[j]);
    for (let i = 0; i < m; i++) for (let j = 0; j < k; j++) left[i * k + j] *= signs[j];
    const right = a.slice(0, k * n);
    for (let i = 0; i < k; i++) for (let j = i; j < n; j++) right[i * n + j] *= signs[i];
    storePart(q, index, left);
    storePart(r, index, right);
  });
}
