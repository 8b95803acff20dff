/** Dense linear algebra over the last two axes; leading axes are stacks of matrices. */
import "./backend/cpu/complete.ts";
export { cholesky } from "./linalg/cholesky.ts";
export { eigh, eigvalsh, type Eigh } from "./linalg/eigh.ts";
export { det, lu, slogdet, type Lu, type SlogDet } from "./linalg/lu.ts";
export { cond, matrixRank, pinv, type RankOptions } from "./linalg/pinv.ts";
export { lstsq, qr, type Qr, type QrOptions } from "./linalg/qr.ts";
export { inv, solve } from "./linalg/solve.ts";
export { svd, svdvals, type Svd, type SvdOptions } from "./linalg/svd.ts";
export { viaCpu } from "./linalg/viaCpu.ts";
export { triangularSolve, type TriangularSolveOptions } from "./linalg/triangular.ts";
