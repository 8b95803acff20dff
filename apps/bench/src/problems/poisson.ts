/** Poisson systems with a portable right-hand side, and how many iterations solvers take. */
import {
  cg,
  deepConjugateDirections,
  incompleteCholesky,
  multigridPoisson,
  poissonMatrix,
  poissonOperator,
  solveLinear,
  type Direction,
  type LinearResult,
} from "@ansatz/optim/linear";
import { tensor, type Tensor } from "@ansatz/tensor";

/** Numbers in [-1/2, 1/2) from a hash of their positions. */
export function hashed(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    // Products of 32-bit words wrap; the first factor may be larger than a word.
    let t = Number((BigInt(i + seed * 1000003 + 1) * 2654435761n) & 0xffffffffn);
    t = Math.imul(t ^ (t >>> 16), 2246822519) >>> 0;
    t = Math.imul(t ^ (t >>> 13), 3266489917) >>> 0;
    t = (t ^ (t >>> 16)) >>> 0;
    return t / 2 ** 32 - 0.5;
  });
}

/** What is solved, and how. */
export interface PoissonRun {
  /** Points along both axes. */
  readonly size: number;
  /** Conjugate gradients with a direction, a factorisation, a cycle of grids, or as they are. */
  readonly direction?: Direction;
  readonly preconditioner?: "ic0" | "multigrid";
  readonly tolerance?: number;
}

/** Solves one system in double precision. */
export async function solvePoisson({
  size,
  direction,
  preconditioner,
  tolerance = 1e-6,
}: PoissonRun): Promise<LinearResult> {
  const operator = poissonOperator({ size, dtype: "f64" });
  const rhs = tensor(hashed(size * size, 0), { shape: [size, size] }) as Tensor;
  const solver = direction === undefined ? cg() : deepConjugateDirections({ direction });
  const by =
    preconditioner === "ic0"
      ? incompleteCholesky(poissonMatrix({ size })).precondition
      : preconditioner === "multigrid"
        ? multigridPoisson({ size, dtype: "f64" })
        : undefined;
  const result = await solveLinear(
    solver,
    { operator, rhs, ...(by === undefined ? {} : { preconditioner: by }) },
    { tolerance },
  );
  rhs.dispose();
  result.value.dispose();
  return result;
}

/** Iterations until the residual has fallen to a millionth. @throws Error unless it does */
export async function poissonIterations(run: PoissonRun): Promise<number> {
  const { status, iterations, message } = await solvePoisson(run);
  if (status !== "converged") throw new Error(`Poisson, size ${run.size}: ${message}`);
  return iterations;
}
