/** Conjugate directions from fixed functions, and the Lanczos process. */
import {
  cg,
  deepConjugateDirections,
  directionLoss,
  iterateLinear,
  lanczos,
  poissonOperator,
  ritzPairs,
} from "@ansatz/optim/linear";
import {
  absolute,
  expectClose,
  relative,
  unknownCase,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
} from "@ansatz/golden";
import { abs, add, mul, pad, reshape, slice, tensor, type Range, type Tensor } from "@ansatz/tensor";
import { solveLinear, type LinearSolver } from "@ansatz/optim/linear";
import { hashed } from "./hashed.ts";

const DESCRIPTION = "file about source conventions tolerance tolerance_note".split(" ");
const SECTIONS = "N histories cg_reference loss_stencil loss_alpha lanczos".split(" ");

const KIND = "deep conjugate directions";

interface History {
  readonly residuals: readonly number[];
  readonly x_norms?: readonly number[];
}

/** `v` plus 0.3 times the sum of its neighbours. */
function smoothed(v: Tensor): Tensor {
  const [n] = v.shape;
  const wide = pad(v, [
    [1, 1],
    [1, 1],
  ]);
  const at = (i: number, j: number): Tensor => slice(wide, [[i, i + n] as Range, [j, j + n] as Range]);
  return add(v, mul(add(add(at(0, 1), at(2, 1)), add(at(1, 0), at(1, 2))), 0.3));
}

/** The right-hand side that the file uses. */
const SEED = 3;

/** A file whose conventions are fixed in its text. */
export const deepDirections: GoldenReader = (file) => {
  const N: number = file.N;
  const tolerance: number = file.tolerance;
  const operator = poissonOperator({ size: N, dtype: "f64" });
  const vector = (seed: number): Tensor => tensor(hashed(N * N, seed), { shape: [N, N] }) as Tensor;
  const functions: Readonly<Record<string, (r: Tensor) => Tensor | Promise<Tensor>>> = {
    identity: (r) => r,
    stencil: (r) => smoothed(smoothed(r)),
    nonlinear: (r) => smoothed(add(smoothed(r), mul(abs(smoothed(r)), 0.4))),
    exact_inverse: async (r) => mul((await solveLinear(cg(), { operator, rhs: r }, { tolerance: 1e-15 })).value, 3.7),
  };
  /** Identity and stencil lose digits after ten iterations, as the file's note says. */
  const limit = (name: string, i: number): ((expected: number) => number) =>
    i > 10 && (name === "identity" || name === "stencil" || name === "cg_reference")
      ? relative(1e-5)
      : absolute(tolerance);

  const check = async (name: string, solver: LinearSolver, { residuals, x_norms }: History): Promise<void> => {
    const rhs = vector(SEED);
    const size = Math.hypot(...hashed(N * N, SEED));
    const options = { maxIterations: residuals.length - 1, tolerance: 0 };
    const found: number[] = [];
    const norms: number[] = [];
    let iteration = 0;
    const note = async (x: Tensor, residualNorm: number): Promise<void> => {
      found.push(residualNorm / size);
      norms.push(Math.hypot(...(await x.data())));
    };
    found.push(1);
    norms.push(0);
    for await (const state of iterateLinear(solver, { operator, rhs }, options)) {
      if (state.failure !== undefined || state.iteration === iteration) continue;
      iteration = state.iteration;
      await note(state.x, state.residualNorm);
    }
    for (const [i, r] of residuals.entries()) {
      expectClose(`residual ${i}`, [found[i]], [r], limit(name, i));
      if (x_norms !== undefined) expectClose(`norm of x ${i}`, [norms[i]], [x_norms[i]], limit(name, i));
    }
  };

  const histories = Object.entries(file.histories as Record<string, Record<string, History> | History>).flatMap(
    ([name, runs]): GoldenCase[] => {
      if (name === "cg_reference") {
        return [{ name, kind: KIND, run: () => check(name, cg(), runs as History) }];
      }
      const direction = functions[name];
      if (direction === undefined) return [unknownCase(`history of ${name}`, name)];
      return Object.entries(runs as Record<string, History>).map(([which, history]) => {
        const previous = Number(/^previous_(\d+)$/.exec(which)?.[1]);
        return {
          name: `${name}, ${which}`,
          kind: KIND,
          run: () => check(name, deepConjugateDirections({ direction, previous, safeguard: false }), history),
        };
      });
    },
  );
  const { loss_stencil, loss_alpha, lanczos: process } = file;
  return [
    ...histories,
    {
      name: "loss of the stencil",
      kind: KIND,
      async run() {
        const b = vector(SEED);
        const batched = (x: Tensor): Tensor => reshape(operator.apply(reshape(x, [N, N])), [1, N, N]);
        const one = (x: Tensor): Tensor => reshape(x, [1, N, N]);
        const { loss, alpha } = directionLoss(batched, one(b), one(functions["stencil"](b) as Tensor));
        expectClose("loss", await loss.data(), [loss_stencil], absolute(tolerance));
        expectClose("alpha", await alpha.data(), [loss_alpha], absolute(tolerance));
      },
    },
    {
      name: "Lanczos process",
      kind: KIND,
      async run() {
        if (process.start !== "A*hash(seed 5), normalised") throw new Error(`unknown start ${process.start}`);
        const found = await lanczos(operator, operator.apply(vector(5)), process.steps);
        expectClose("alpha", found.alpha, process.alpha, absolute(tolerance));
        expectClose("beta", found.beta, process.beta, absolute(tolerance));
        expectClose("Ritz values", ritzPairs(found).values, process.ritz_values, absolute(tolerance));
      },
    },
    ...unknownSections(file, [...DESCRIPTION, ...SECTIONS]),
  ];
};
