/** ml-matrix: factorizations of f64 in plain JavaScript. */
import { CholeskyDecomposition, EVD, LU, Matrix, QR, SVD } from "ml-matrix";
import { versionOf } from "../measure/environment.ts";
import { inProcess } from "../measure/interleave.ts";
import { magnitudes, matrixFor } from "./matrices.ts";
import type { Peer, Prepared, Work } from "./work.ts";

const NAME = "ml-matrix";

/** All factors of a matrix, and those of its results that are compared. */
function factor(work: Extract<Work, { kind: "factor" }>): () => { kept: unknown; result: () => ArrayLike<number> } {
  const { n, factorization } = work;
  const a = Matrix.from1DArray(n, n, matrixFor(factorization, n));
  switch (factorization) {
    case "cholesky":
      return () => {
        const l = new CholeskyDecomposition(a).lowerTriangularMatrix;
        return { kept: l, result: () => l.to1DArray() };
      };
    case "lu":
      return () => {
        const f = new LU(a);
        const u = f.upperTriangularMatrix;
        return { kept: [f.lowerTriangularMatrix, f.pivotPermutationVector], result: () => u.to1DArray() };
      };
    case "solve":
      return () => {
        const x = new LU(a).solve(a);
        return { kept: x, result: () => x.to1DArray() };
      };
    case "qr":
      return () => {
        const f = new QR(a);
        const r = f.upperTriangularMatrix;
        return { kept: f.orthogonalMatrix, result: () => magnitudes(r.to1DArray()) };
      };
    case "eigh":
      return () => {
        const f = new EVD(a, { assumeSymmetric: true });
        return { kept: f.eigenvectorMatrix, result: () => f.realEigenvalues };
      };
    case "svd":
      return () => {
        const f = new SVD(a);
        return { kept: [f.leftSingularVectors, f.rightSingularVectors], result: () => f.diagonal };
      };
  }
}

function prepare(work: Work): Prepared | undefined {
  if (work.kind !== "factor" || work.dtype !== "f64") return undefined;
  const run = factor(work);
  return {
    ...inProcess(NAME, () => void run()),
    result: () => Promise.resolve(run().result()),
    release: () => undefined,
  };
}

/** Loads the library. */
export async function openMlMatrix(): Promise<Peer> {
  return {
    name: NAME,
    version: (await versionOf("ml-matrix")) ?? null,
    prepare: (work) => Promise.resolve(prepare(work)),
    close: () => undefined,
  };
}
