/** Linear systems and least squares with operators: iterative solvers, preconditioners, sparse matrices, Poisson problems. */
export type {
  LinearOptions,
  LinearProblem,
  LinearResult,
  LinearSolver,
  LinearState,
  LinearStatus,
  Preconditioner,
} from "./linear/base.ts";
export { iterateLinear, solveLinear } from "./linear/solve.ts";
export { bicgstab } from "./linear/bicgstab.ts";
export { cg } from "./linear/cg.ts";
export { cgls } from "./linear/cgls.ts";
export { chebyshev, type ChebyshevOptions } from "./linear/chebyshev.ts";
export { csrFromDense, csrFromTriplets, csrOperator, type CsrMatrix, type CsrOptions } from "./linear/csr.ts";
export { deepConjugateDirections, type DeepConjugateDirectionsOptions, type Direction } from "./linear/dcdm.ts";
export { directionLoss } from "./linear/directionLoss.ts";
export { lanczos, ritzPairs, ritzSamples, type Lanczos, type RitzSamplesOptions } from "./linear/lanczos.ts";
export { gmres, type GmresOptions } from "./linear/gmres.ts";
export { incompleteCholesky, type IncompleteCholesky } from "./linear/incompleteCholesky.ts";
export { jacobiPreconditioner } from "./linear/jacobi.ts";
export { lsqr } from "./linear/lsqr.ts";
export { minres } from "./linear/minres.ts";
export { multigridPoisson, type MultigridOptions } from "./linear/multigrid.ts";
export { poissonMatrix, poissonOperator, type PoissonOptions } from "./linear/poisson.ts";
export { linearSolvers, type LinearSolverEntry } from "./linear/registry.ts";
export { stationary, type StationaryOptions } from "./linear/stationary.ts";
