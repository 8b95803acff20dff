/** Plug-and-play with a denoiser that is a matrix. */
import { absolute, expectClose, knownKeys, unknownSections, type GoldenCase } from "@ansatz/golden";
import { dot, grad, matmul, mul, reshape, sub, type Tensor } from "@ansatz/tensor";
import { matrixOperator } from "@ansatz/tensor/linear";
import {
  iterateReconstruction,
  pnpAdmm,
  pnpPgd,
  reconstruct,
  red,
  relativeError,
  type Algorithm,
  type Denoiser,
} from "@ansatz/inverse";
import { f64, HEAD, read } from "./common.ts";

const linear = (w: readonly (readonly number[])[]): Denoiser => {
  const matrix = f64(w);
  const apply = (x: Tensor): Tensor => reshape(matmul(matrix, reshape(x, [x.size, 1])), [x.size]);
  return { name: "linear", citations: [], denoise: apply };
};

export function pnpLinear(file: any): readonly GoldenCase[] {
  const { A, y, W, rho, lam, step } = file;
  const problem = { operator: matrixOperator(f64(A)), data: f64(y) };
  const limit = absolute(file.tolerance);
  const denoiser = linear(W);
  const admm = (): Algorithm =>
    pnpAdmm({ denoiser, sigma: 1, penalty: rho, innerIterations: 40, innerTolerance: 1e-15 });
  const ends = (
    name: string,
    algorithm: Algorithm,
    maxIterations: number,
    expected: readonly number[],
  ): GoldenCase => ({
    name,
    kind: name,
    async run() {
      const { value } = await reconstruct(algorithm, problem, { maxIterations });
      expectClose(name, await read(value), expected, limit);
    },
  });
  const iterates: GoldenCase = {
    name: "admm",
    kind: "admm",
    async run() {
      const counts = Object.keys(file.admm).map(Number);
      // The last one is the limit, which a case of its own runs to.
      const maxIterations = counts.filter((n) => n <= 100).reduce((a, b) => Math.max(a, b));
      for await (const { iteration, x, vectors } of iterateReconstruction(admm(), problem, { maxIterations })) {
        const want = file.admm[iteration];
        if (want === undefined) continue;
        knownKeys(`admm ${iteration}`, want, ["x", "z", "u"]);
        const got = { x, z: vectors["z0"], u: vectors["u0"] };
        for (const [field, t] of Object.entries(got))
          expectClose(`${field} ${iteration}`, await read(t), want[field], limit);
      }
    },
  };
  const redLimit: GoldenCase = {
    name: "red_limit",
    kind: "red_limit",
    async run() {
      // Its slowest direction takes 10^4 iterations from zero; the limit itself must stay, and be approached.
      const method = red({ denoiser, sigma: 1, weight: lam });
      const want = f64(file.red_limit);
      const stayed = await reconstruct(method, { ...problem, start: want }, { maxIterations: 100 });
      expectClose("red_limit", await read(stayed.value), file.red_limit, limit);
      const { value } = await reconstruct(method, problem, { maxIterations: 1500 });
      const gap = await relativeError(value, want);
      if (!(gap < 0.02)) throw new Error(`red_limit: relative error is ${gap}, expected less than 0.02`);
    },
  };
  const { point, symmetric, nonsymmetric } = file.red_gradient;
  const gradients = (name: string, w: readonly (readonly number[])[], expected: any): GoldenCase => ({
    name: `red_gradient ${name}`,
    kind: "red_gradient",
    async run() {
      knownKeys(name, expected, ["W", "formula", "numeric", "true_gradient", "note"]);
      const d = linear(w);
      const x = f64(point);
      const rest = (t: Tensor): Tensor => sub(t, d.denoise(t, 1) as Tensor);
      expectClose("formula", await read(rest(x)), expected.formula, limit);
      const gradient = grad((t: Tensor) => mul(dot(t, rest(t)), 0.5))(x);
      expectClose("gradient", await read(gradient), expected.numeric ?? expected.true_gradient, limit);
    },
  });
  return [
    iterates,
    ends("admm_limit", admm(), 150, file.admm_limit),
    ends("admm 2000", admm(), 150, file.admm[2000].x),
    ends("pgd_limit", pnpPgd({ denoiser, sigma: 1, step }), 3000, file.pgd_limit),
    redLimit,
    gradients("symmetric", W, symmetric),
    gradients("nonsymmetric", nonsymmetric.W, nonsymmetric),
    ...unknownSections(file, [
      ...HEAD,
      "A",
      "y",
      "s",
      "W",
      "rho",
      "lam",
      "step",
      "admm",
      "admm_limit",
      "pgd_limit",
      "red_limit",
      "red_gradient",
    ]),
  ];
}
