/** A likelihood made ready for ensembles: batches, eigenvalues where they are cheap, conjugate gradients elsewhere. */
import {
  add,
  broadcastTo,
  div,
  grad,
  matmul,
  mul,
  reshape,
  scope,
  sub,
  sum,
  tensor,
  transpose,
  withDevice,
  type Tensor,
} from "@ansatz/tensor";
import { eigh } from "@ansatz/tensor/linalg";
import {
  adjointOf,
  composition,
  linearOperator,
  operatorNorm,
  toMatrix,
  type LinearOperator,
} from "@ansatz/tensor/linear";
import { normal, type Key, key } from "@ansatz/tensor/random";
import { vmap } from "@ansatz/tensor/transform";
import { cg, solveLinear } from "@ansatz/optim/linear";
import type { EnergyLikelihood, GaussianLikelihood, Likelihood } from "./likelihood.ts";

/** Data of at most this size get the eigenvalues of `A A^T`. */
const SMALL = 256;

/** Linear data of an ensemble. */
export interface GaussianMeasurement {
  readonly kind: "gaussian";
  readonly likelihood: GaussianLikelihood;
  /** `|A|`. */
  readonly norm: number;
  /** `A x` and `A^T r` of batches. */
  apply(x: Tensor): Tensor;
  adjoint(r: Tensor): Tensor;
  /** `y - A x` of a batch. */
  residual(x: Tensor): Tensor;
  /** `(sigma^2 I + c A A^T)^-1 r` of a batch. */
  solve(r: Tensor, c: number): Promise<Tensor>;
  /** The same without waiting, where there are eigenvalues. */
  readonly solveNow: ((r: Tensor, c: number) => Tensor) | undefined;
  /** `ln |sigma^2 I + c A A^T| + m ln 2 pi`, `tr (sigma^2 I + c A A^T)^-1 A A^T`; undefined without eigenvalues. */
  constants(c: number): { readonly logDeterminant: number; readonly trace: number } | undefined;
  /** Systems that were not solved to the tolerance. */
  unsolved(): number;
  dispose(): void;
}

/** Any likelihood of an ensemble. */
export interface EnergyMeasurement {
  readonly kind: "energy";
  readonly likelihood: EnergyLikelihood;
  /** Energies [particles] of a batch. */
  energy(x: Tensor): Tensor;
  /** Gradients of the energies. */
  gradient(x: Tensor): Tensor;
  unsolved(): number;
  dispose(): void;
}

/** What methods see of a likelihood. */
export type Measurement = GaussianMeasurement | EnergyMeasurement;

/** Prepares a likelihood on a device. */
export async function measurementOf(likelihood: Likelihood): Promise<Measurement> {
  return likelihood.kind === "energy" ? energyMeasurement(likelihood) : gaussianMeasurement(likelihood);
}

function energyMeasurement(likelihood: EnergyLikelihood): EnergyMeasurement {
  const { energy } = likelihood;
  return {
    kind: "energy",
    likelihood,
    energy,
    gradient: grad((x: Tensor) => sum(energy(x))),
    unsolved: () => 0,
    dispose: () => undefined,
  };
}

interface Spectrum {
  readonly values: Float64Array;
  /** Eigenvectors as columns, [m, m]. */
  readonly vectors: Tensor;
}

async function spectrumOf(operator: LinearOperator, size: number, device: string): Promise<Spectrum> {
  const gram = withDevice(device, () => toMatrix(composition(operator, adjointOf(operator))));
  const host = Float64Array.from((await gram.data()) as ArrayLike<number>);
  gram.dispose();
  const { values, vectors } = eigh(tensor(host, { shape: [size, size], dtype: "f64", device: "cpu" }));
  // Rounding makes some of the eigenvalues that are 0 negative.
  const found = Float64Array.from(await values.data(), (v) => Math.max(v, 0));
  const columns = await vectors.data();
  values.dispose();
  vectors.dispose();
  return { values: found, vectors: tensor(columns, { shape: [size, size], dtype: operator.dtype as "f64", device }) };
}

async function gaussianMeasurement(likelihood: GaussianLikelihood): Promise<GaussianMeasurement> {
  const { operator, data, sigma } = likelihood;
  const size = data.size;
  const spectrum = size <= SMALL ? await spectrumOf(operator, size, data.device) : undefined;
  const norm =
    spectrum === undefined
      ? (await operatorNorm(operator, { key: key(0x6e6f726d), maxIterations: 100, tolerance: 1e-3 })).value
      : Math.sqrt(spectrum.values[size - 1]);
  const apply = vmap((x: Tensor) => operator.apply(x));
  const adjoint = vmap((r: Tensor) => operator.adjoint(r));
  let unsolved = 0;
  const solveNow =
    spectrum === undefined
      ? undefined
      : (r: Tensor, c: number): Tensor => {
          const scales = tensor(
            spectrum.values.map((e) => sigma * sigma + c * e),
            { dtype: r.dtype as "f64", device: r.device },
          );
          const turned = div(matmul(reshape(r, [r.shape[0], size]), spectrum.vectors), scales);
          return reshape(matmul(turned, transpose(spectrum.vectors)), r.shape);
        };
  return {
    kind: "gaussian",
    likelihood,
    norm,
    apply,
    adjoint,
    solveNow,
    residual: (x) => sub(broadcastTo(data, [x.shape[0], ...data.shape]), apply(x)),
    async solve(r, c) {
      if (solveNow !== undefined) return scope(() => solveNow(r, c));
      const covariance = (x: Tensor): Tensor => add(mul(x, sigma * sigma), mul(apply(adjoint(x)), c));
      const system = linearOperator({
        name: "posterior: covariance of the data",
        domain: r.shape,
        range: r.shape,
        dtype: r.dtype,
        apply: covariance,
        adjoint: covariance,
      });
      const tolerance = r.dtype === "f64" ? 1e-10 : 1e-5;
      const { value, status } = await solveLinear(
        cg(),
        { operator: system, rhs: r },
        { maxIterations: 300, tolerance },
      );
      if (status !== "converged") unsolved++;
      return value;
    },
    constants(c) {
      if (spectrum === undefined) return undefined;
      let [logDeterminant, trace] = [size * Math.log(2 * Math.PI), 0];
      for (const e of spectrum.values) {
        logDeterminant += Math.log(sigma * sigma + c * e);
        trace += e / (sigma * sigma + c * e);
      }
      return { logDeterminant, trace };
    },
    unsolved: () => unsolved,
    dispose: () => spectrum?.vectors.dispose(),
  };
}

/** Inner products `<a_i, b_i>` of the elements of two batches, [particles]. */
export function inners(a: Tensor, b: Tensor): Tensor {
  const n = a.shape[0];
  return sum(reshape(mul(a, b), [n, a.size / n]), { axis: 1 });
}

/** 0 for every particle that is finite, NaN for the others. */
export function lossOf(x: Tensor): Tensor {
  return inners(x, mul(x, 0));
}

/** Standard normal numbers like a tensor, for a batch. */
export function noiseLike(k: Key, x: Tensor, shape: readonly number[] = x.shape): Tensor {
  return normal(k, shape, { dtype: x.dtype as "f32", device: x.device });
}

/** Numbers of a vector on the host; it is disposed. */
export async function numbersOf(t: Tensor): Promise<Float64Array> {
  const values = Float64Array.from((await t.data()) as ArrayLike<number>);
  t.dispose();
  return values;
}
