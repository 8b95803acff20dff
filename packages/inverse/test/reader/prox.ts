/** Proximal maps. */
import { absolute, expectClose, knownKeys, unknownCase, unknownSections, type GoldenCase } from "@ansatz/golden";
import { complex, imag, real, type Tensor } from "@ansatz/tensor";
import {
  box,
  euclideanNorm,
  halfSquare,
  huber,
  l0,
  l1,
  l1Ball,
  l2Ball,
  maximumNorm,
  nonNegativeL1,
  onMagnitude,
  poissonLikelihood,
  simplex,
  totalVariation,
  squaredDistance,
  type Regularizer,
} from "@ansatz/inverse";
import { f64, flat, HEAD, read } from "./common.ts";

const tv = (options: object): Regularizer => totalVariation({ iterations: 20000, tolerance: 1e-13, ...options });

/** The regulariser that a case is about, its step taken into the weight, and the fields that it is made from. */
const MAKE: Readonly<Record<string, readonly [fields: readonly string[], make: (c: any) => Regularizer]>> = {
  l1: [["lam"], ({ lam }) => l1(lam)],
  l0: [["lam"], ({ lam }) => l0(lam)],
  sq_l2_half: [["lam"], ({ lam }) => halfSquare(lam)],
  l1_nonneg: [["lam"], ({ lam }) => nonNegativeL1(lam)],
  box: [["lo", "hi"], ({ lo, hi }) => box(lo, hi)],
  huber: [["lam", "delta"], ({ lam, delta }) => huber(lam, delta)],
  l2_norm_group: [["lam"], ({ lam }) => euclideanNorm(lam)],
  simplex_projection: [["total"], ({ total }) => simplex(total)],
  l1_ball_projection: [["radius"], ({ radius }) => l1Ball(radius)],
  linf_norm: [["lam"], ({ lam }) => maximumNorm(lam)],
  poisson_kl: [["lam", "counts"], ({ lam, counts }) => poissonLikelihood(f64(counts), lam)],
  l2_ball_projection: [["center", "radius"], ({ center, radius }) => l2Ball(f64(center), radius)],
  tv1d: [["lam"], ({ lam }) => tv({ weight: lam })],
  tv2d_iso: [["lam"], ({ lam }) => tv({ weight: lam })],
  tv2d_aniso: [["lam"], ({ lam }) => tv({ weight: lam, isotropic: false })],
  huber_tv2d_iso: [["lam", "delta"], ({ lam, delta }) => tv({ weight: lam, delta })],
};

export function prox(file: any): readonly GoldenCase[] {
  const cases = file.cases.map((c: any, i: number): GoldenCase => {
    const what = `${c.name} ${i}`;
    if (!Object.hasOwn(MAKE, c.name)) return unknownCase(what, c.name);
    const [fields, make] = MAKE[c.name];
    return {
      name: what,
      kind: c.name,
      async run() {
        knownKeys(what, c, ["name", "z", "x", "note", "tol", "objective", "duality_gap", "tv_of_z", ...fields]);
        const z = f64(c.z);
        const regularizer = make(c);
        const x = await regularizer.prox(z, 1);
        const limit = absolute(c.tol ?? file.tolerance);
        expectClose(what, await read(x), flat(c.x), limit);
        const value = async (t: Tensor): Promise<number> =>
          Number(await (regularizer.value as (t: Tensor) => Tensor)(t).item());
        if (c.objective !== undefined) {
          const near = (await read(x)).reduce((sum, v, k) => sum + (v - flat(c.z)[k]) ** 2 / 2, 0);
          expectClose("objective", [near + (await value(x))], [c.objective], absolute(1e-8));
        }
        if (c.tv_of_z !== undefined) expectClose("tv_of_z", [(await value(z)) / c.lam], [c.tv_of_z], absolute(1e-9));
      },
    };
  });
  return [...cases, ...unknownSections(file, [...HEAD, "cases"])];
}

/** Regularisers of the magnitude. */
const MAGNITUDE: Readonly<Record<string, readonly [fields: readonly string[], make: (c: any) => Regularizer]>> = {
  l1: MAKE["l1"],
  l0: MAKE["l0"],
  half_sq_l2: MAKE["sq_l2_half"],
  magnitude_box: MAKE["box"],
  half_sq_distance_to_magnitude: [["lam", "target"], ({ lam, target }) => squaredDistance(f64(target), lam)],
  tv1d_of_magnitude: MAKE["tv1d"],
};

export function magprox(file: any): readonly GoldenCase[] {
  const z = complex(f64(file.z.re), f64(file.z.im));
  const cases = file.cases.map((c: any): GoldenCase => {
    if (!Object.hasOwn(MAGNITUDE, c.name)) return unknownCase(c.name, c.name);
    const [fields, make] = MAGNITUDE[c.name];
    return {
      name: c.name,
      kind: c.name,
      async run() {
        knownKeys(c.name, c, ["name", "x", "note", "objective", "tol", ...fields]);
        const regularizer = onMagnitude(make(c));
        const x = await regularizer.prox(z, 1);
        const limit = absolute(c.tol ?? file.tolerance);
        const [re, im] = [await read(real(x)), await read(imag(x))];
        expectClose("real part", re, c.x.re, limit);
        expectClose("imaginary part", im, c.x.im, limit);
        if (c.objective === undefined) return;
        const near = re.reduce((sum, v, k) => sum + ((v - file.z.re[k]) ** 2 + (im[k] - file.z.im[k]) ** 2) / 2, 0);
        const value = Number(await (regularizer.value as (t: Tensor) => Tensor)(x).item());
        expectClose("objective", [near + value], [c.objective], absolute(Math.max(1e-8, file.tolerance)));
      },
    };
  });
  return [...cases, ...unknownSections(file, [...HEAD, "z", "cases"])];
}
