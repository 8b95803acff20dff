/** Iteration counts of preconditioned conjugate gradients on Poisson problems. */
import {
  cg,
  incompleteCholesky,
  iterateLinear,
  jacobiPreconditioner,
  multigridPoisson,
  poissonMatrix,
  poissonOperator,
  solveLinear,
  type LinearProblem,
} from "@ansatz/optim/linear";
import { full, tensor, type Tensor } from "@ansatz/tensor";
import { expect } from "vitest";
import { hashed } from "./hashed.ts";
import { expectCloseNorm, type GoldenCase, type GoldenReader } from "@ansatz/golden";

type Counts = Readonly<Record<string, number>>;
interface Row {
  readonly kind: string;
  readonly N: number;
  readonly seed: number;
  readonly unknowns: number;
  readonly nnz: number;
  readonly b_norm: number;
  readonly cg?: Counts | null;
  readonly icpcg?: Counts | null;
  readonly jacobi_pcg?: Counts | null;
  readonly mgpcg?: Counts | null;
  readonly ic0_sum?: number | null;
  readonly ic0_last?: number | null;
  readonly solution_norm: number;
  readonly solution_first5: readonly number[];
  readonly residual_history: readonly number[];
}
interface GoldenFile {
  readonly tolerance_counts: number;
  readonly tolerance: number;
  readonly hash_first8: readonly number[];
  readonly cases: readonly Row[];
}

function problemOf({ kind, N, seed }: Row): LinearProblem & { readonly dimensions: number } {
  const dimensions = kind === "2d" ? 2 : kind === "3d" ? 3 : NaN;
  const operator = poissonOperator({ size: N, dimensions, dtype: "f64" });
  const rhs = tensor(hashed(N ** dimensions, seed), { shape: [...operator.domain] }) as Tensor;
  return { operator, rhs, dimensions };
}

/** Runs once to the smallest tolerance and compares when the residual passed each. */
async function checkCounts(problem: LinearProblem, expected: Counts, allowed: number): Promise<readonly number[]> {
  const tolerances = Object.keys(expected).map(Number);
  const tolerance = Math.min(...tolerances);
  const { operator, rhs, preconditioner } = problem;
  const { history, status, cost, iterations } = await solveLinear(
    cg(),
    { operator, rhs, preconditioner },
    { tolerance },
  );
  expect(status).toBe("converged");
  expect(cost.apply).toBe(iterations + 1);
  for (const [text, count] of Object.entries(expected)) {
    const found = history.findIndex((r) => r <= Number(text));
    expect(Math.abs(found - count), `${text}: got ${found}, expected ${count}`).toBeLessThanOrEqual(allowed);
  }
  return history;
}

/** The file with Poisson problems. */
export const poisson: GoldenReader = (data) => {
  const file = data as unknown as GoldenFile;
  const largest = new Set([...file.cases].sort((a, b) => b.unknowns - a.unknowns).slice(0, 3));
  const kind = "Poisson solvers";
  return [
    {
      kind,
      name: "the right-hand side",
      run: () => expectCloseNorm("hash", hashed(8, 0), file.hash_first8, { rel: 1e-11 }),
    },
    ...file.cases.flatMap((golden): GoldenCase[] => {
      const where = `${golden.kind}, N = ${golden.N}`;
      const allowed = file.tolerance_counts + (largest.has(golden) ? 1 : 0);
      const { dimensions, ...problem } = problemOf(golden);
      const box = { size: golden.N, dimensions };
      const counted = (counts: Counts | null | undefined): counts is Counts =>
        counts !== null && counts !== undefined && Object.keys(counts).length > 0;
      const cases: GoldenCase[] = [
        {
          kind,
          name: `solution, ${where}`,
          async run() {
            const matrix = poissonMatrix(box);
            expect(matrix.values.length).toBe(golden.nnz);
            const { value } = await solveLinear(cg(), problem, { tolerance: 1e-12 });
            const x = await value.data();
            expectCloseNorm("norm of b", [Math.hypot(...hashed(golden.unknowns, golden.seed))], [golden.b_norm], {
              rel: 1e-11,
            });
            expectCloseNorm("norm", [Math.hypot(...x)], [golden.solution_norm], { rel: file.tolerance });
            expectCloseNorm("first values", x.slice(0, 5), golden.solution_first5, { rel: file.tolerance });
            const history: number[] = [1];
            for await (const { residualNorm } of iterateLinear(cg(), problem, { maxIterations: 11, tolerance: 0 })) {
              history.push(residualNorm / golden.b_norm);
            }
            expectCloseNorm("residuals", history, golden.residual_history, { rel: file.tolerance });
          },
        },
      ];
      if (counted(golden.cg)) {
        const counts = golden.cg;
        cases.push({ kind, name: `cg, ${where}`, run: async () => void (await checkCounts(problem, counts, allowed)) });
      }
      if (counted(golden.jacobi_pcg)) {
        const counts = golden.jacobi_pcg;
        const preconditioner = jacobiPreconditioner(full(problem.operator.domain, 2 * dimensions, { dtype: "f64" }));
        cases.push({
          kind,
          name: `jacobi_pcg, ${where}`,
          run: async () => void (await checkCounts({ ...problem, preconditioner }, counts, allowed)),
        });
      }
      if (counted(golden.icpcg) || typeof golden.ic0_sum === "number") {
        cases.push({
          kind,
          name: `icpcg, ${where}`,
          async run() {
            const { factor, precondition } = incompleteCholesky(poissonMatrix(box));
            if (typeof golden.ic0_sum === "number") {
              expectCloseNorm("sum", [factor.values.reduce((s, v) => s + v, 0)], [golden.ic0_sum], {
                rel: file.tolerance,
              });
            }
            if (typeof golden.ic0_last === "number") {
              expectCloseNorm("last", [factor.values[factor.values.length - 1]], [golden.ic0_last], {
                rel: file.tolerance,
              });
            }
            if (counted(golden.icpcg)) {
              await checkCounts({ ...problem, preconditioner: precondition }, golden.icpcg, allowed);
            }
          },
        });
      }
      if (counted(golden.mgpcg)) {
        const counts = golden.mgpcg;
        cases.push({
          kind,
          name: `mgpcg, ${where}`,
          run: async () =>
            void (await checkCounts(
              { ...problem, preconditioner: multigridPoisson({ ...box, dtype: "f64" }) },
              counts,
              allowed,
            )),
        });
      }
      return cases;
    }),
  ];
};
