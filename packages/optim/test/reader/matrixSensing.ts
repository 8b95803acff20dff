/** Error curves of gradient descent on factors of a matrix. */
import { matrixSensing, type Factors } from "@ansatz/optim";
import { tensor, type Tensor } from "@ansatz/tensor";
import { expect } from "vitest";
import { irwinHall, lcg } from "../support/softplus.ts";
import { expectCloseNorm, type GoldenCase, type GoldenReader } from "@ansatz/golden";

interface Row {
  readonly seed: number;
  readonly n1: number;
  readonly n2: number;
  readonly r: number;
  readonly eigs: readonly number[];
  readonly symmetric_target: boolean;
  readonly measurements: number;
  readonly alpha: number;
  readonly eta: number;
  readonly record: readonly number[];
  readonly kind: string;
  readonly k: number;
  readonly accel_at?: number;
  readonly beta?: number;
  readonly error_fro_sq: readonly number[];
  readonly target_checksum: number;
  readonly target_first_row3: readonly number[];
}

const draws = (seed: number): (() => number) => {
  const next = lcg(seed);
  return () => irwinHall(next);
};
const table = (rows: number, columns: number, draw: () => number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, draw));

/** Modified Gram-Schmidt on columns. */
function orthonormal(rows: number[][]): number[][] {
  const out = rows.map((row) => [...row]);
  const n = rows[0].length;
  for (let j = 0; j < n; j++) {
    const size = Math.hypot(...out.map((row) => row[j]));
    for (const row of out) row[j] /= size;
    for (let k = j + 1; k < n; k++) {
      const overlap = out.reduce((s, row) => s + row[j] * row[k], 0);
      for (const row of out) row[k] -= overlap * row[j];
    }
  }
  return out;
}

async function check(golden: Row, { rel, floor }: { rel: number; floor: number }): Promise<void> {
  const { seed, n1, n2, r, eigs, alpha, eta, record, kind, k, measurements: m } = golden;
  const draw = draws(seed);
  const U = orthonormal(table(n1, r, draw));
  const V = golden.symmetric_target ? U : orthonormal(table(n2, r, draw));
  const M = U.map((u) => V.map((v) => eigs.reduce((s, e, j) => s + u[j] * e * v[j], 0)));
  expectCloseNorm("target", M[0].slice(0, 3), golden.target_first_row3, { rel: 1e-10 });
  expectCloseNorm("checksum", [M.flat().reduce((s, v) => s + v * v, 0)], [golden.target_checksum], { rel: 1e-10 });
  const f64 = (rows: number[][]): Tensor => tensor(rows, { dtype: "f64" });
  const scaled = (rows: number, s: number, size: number): Tensor =>
    f64(table(rows, k, draws(s)).map((row) => row.map((v) => v * size)));
  const symmetric = kind === "symmetric";
  if (!symmetric && kind !== "asymmetric") throw new Error(`unknown kind ${kind}`);
  const start: Factors = symmetric
    ? { kind: "symmetric", X: scaled(n1, seed + 2, alpha) }
    : { kind: "asymmetric", F: scaled(n1, seed + 2, alpha), G: scaled(n2, seed + 3, alpha / 3) };
  const sense = draws(seed + 1);
  const matrices = Array.from({ length: m }, () => {
    const A = table(n1, n2, sense);
    return A.map((row, i) => row.map((v, j) => (symmetric ? (v + A[j][i]) / 2 : v) / Math.sqrt(m)));
  });
  const { error } = await matrixSensing({
    target: f64(M),
    start,
    measurements: m > 0 ? tensor(matrices, { dtype: "f64" }) : undefined,
    step: eta,
    steps: record[record.length - 1],
    record,
    accelerate: golden.accel_at === undefined ? undefined : { at: golden.accel_at, beta: golden.beta as number },
  });
  const size = Math.hypot(...M.flat());
  golden.error_fro_sq.forEach((want, i) => {
    // The entries of a difference of matrices carry the rounding of the matrices, which its square doubles.
    const allowed = rel * want + 2 * Math.sqrt(want) * 2 ** -53 * size;
    if (want < floor) expect(error[i]).toBeLessThan(10 * floor);
    else
      expect(Math.abs(error[i] - want), `step ${record[i]}: got ${error[i]}, expected ${want}`).toBeLessThanOrEqual(
        allowed,
      );
  });
}

/** The file with error curves. */
export const matrixSensingRuns: GoldenReader = (data) => {
  const { cases, tolerance } = data as unknown as { cases: Row[]; tolerance: { rel: number; floor: number } };
  return cases.map((golden, i): GoldenCase => ({
    kind: "matrix sensing",
    name: `case ${i}, ${golden.kind}, k = ${golden.k}, alpha = ${golden.alpha}, m = ${golden.measurements}`,
    run: () => check(golden, tolerance),
  }));
};
