/** Dense linear algebra over the last two axes; leading axes are stacks of matrices. */
import "./backend/cpu/complete.ts";
export { cholesky } from "./linalg/cholesky.ts";
export { det, lu, slogdet, type Lu, type SlogDet } from "./linalg/lu.ts";
export { inv, solve } from "./linalg/solve.ts";
export { triangularSolve, type TriangularSolveOptions } from "./linalg/triangular.ts";
