/** D6 and D7: factorizations of matrices, real and complex. */
import { FACTORIZATIONS, type Factorization } from "../../peers/matrices.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";
import { timeWork } from "../timing.ts";
import { onOneThread } from "./elementwise.ts";

const SIZES = [128, 512];

/** How many times longer than we the best-known factorizations of plain JavaScript have to take, at the largest size. */
const GOALS: Partial<Readonly<Record<Factorization, number>>> = { cholesky: 5, svd: 5 };

const PEER = "ml-matrix";

const TITLES: Readonly<Record<Factorization, string>> = {
  cholesky: "Cholesky factor",
  lu: "LU factors",
  solve: "solution for n right sides",
  qr: "QR factors",
  eigh: "eigenvalues and eigenvectors, symmetric",
  svd: "singular values and vectors",
};

async function rowsOf(context: FigureContext, factorization: Factorization): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of SIZES) {
    rows.push(
      await timeWork(context, {
        id: `D6.${factorization}.${n}`,
        title: `${TITLES[factorization]}, ${n} x ${n}, f64, one thread`,
        work: { kind: "factor", factorization, n, dtype: "f64" },
        unit: "ms",
        beats: [PEER, "numpy-ts"],
        rounds: 7,
      }),
    );
  }
  const goal = GOALS[factorization];
  if (goal === undefined) return rows;
  const ratio = rows[rows.length - 1].peers.find(({ name }) => name === PEER)?.ratio ?? null;
  const row = makeRow({
    id: `D6.${factorization}`,
    title: `time of ${PEER} over ours, ${TITLES[factorization]}, ${SIZES[SIZES.length - 1]} x ${SIZES[SIZES.length - 1]}`,
    unit: "x",
    better: "more",
    value: ratio,
    target: { relation: ">=", value: goal },
    note: "measured with --peers",
  });
  return [...rows, row];
}

export const d6: Figure = {
  id: "D6",
  title: "factorizations of matrices",
  run: (context) =>
    onOneThread(async () => {
      const rows: Row[] = [];
      for (const factorization of FACTORIZATIONS) rows.push(...(await rowsOf(context, factorization)));
      return rows;
    }),
};

/** Size of the complex matrices. */
const COMPLEX = 256;

export const d7: Figure = {
  id: "D7",
  title: "factorizations of complex matrices",
  run: (context) =>
    onOneThread(async () => {
      const rows: Row[] = [];
      for (const factorization of FACTORIZATIONS) {
        rows.push(
          await timeWork(context, {
            id: `D7.${factorization}`,
            title: `${TITLES[factorization].replace("symmetric", "Hermitian")}, ${COMPLEX} x ${COMPLEX}, c128, one thread`,
            work: { kind: "factor", factorization, n: COMPLEX, dtype: "c128" },
            unit: "ms",
            rounds: 7,
          }),
        );
      }
      return rows;
    }),
};
