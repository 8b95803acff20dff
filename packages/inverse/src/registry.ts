/** Every operator and algorithm of the package, for tests, documentation and benchmarks to iterate over. */
import type { LinearOperator } from "@ansatz/tensor/linear";
import { admm } from "./algorithms/admm.ts";
import { chambollePock } from "./algorithms/chambollePock.ts";
import { constrainedAdmm } from "./algorithms/constrained.ts";
import { fista, ista } from "./algorithms/fista.ts";
import type { Term } from "./algorithms/terms.ts";
import { key } from "@ansatz/tensor/random";
import { blurOperator } from "./operators/blur.ts";
import { separableBlurOperator } from "./operators/separableBlur.ts";
import { cosineOperator } from "./transforms/cosine.ts";
import { linearArray, mimoOperator } from "./operators/mimo.ts";
import { downsampleOperator, maskOperator, partialFourierOperator, sensingOperator } from "./operators/sampling.ts";
import { gradientOperator } from "./operators/gradient.ts";
import { gradientNorm } from "./proximal/groups.ts";
import { l1, nonNegative, nonNegativeL1 } from "./proximal/pointwise.ts";
import type { Algorithm } from "./algorithms/base.ts";
import { cgls, lsqr } from "./algorithms/krylov.ts";
import { landweber } from "./algorithms/landweber.ts";
import { mlem, osem } from "./algorithms/mlem.ts";
import { sart } from "./algorithms/sart.ts";
import { sirt } from "./algorithms/sirt.ts";
import { viewSubsets } from "./algorithms/subsets.ts";
import { tvDenoiser, waveletDenoiser } from "./denoisers/classical.ts";
import { nonLocalMeans } from "./denoisers/nonLocalMeans.ts";
import { noiseSchedule, pnpHqs } from "./pnp/halfQuadratic.ts";
import { pnpAdmm, pnpPgd } from "./pnp/plugAndPlay.ts";
import { red } from "./pnp/red.ts";
import { dip, dipTv, dipWtv, mcdipAdmm, pnpDip } from "./priors/deepImagePrior.ts";
import { coneBeam } from "./geometry/coneBeam.ts";
import { coneProjector } from "./projectors/cone.ts";
import { curvedFan } from "./geometry/curvedFan.ts";
import { evenAngles } from "./geometry/detector.ts";
import { flatFan } from "./geometry/flatFan.ts";
import { parallelBeam, type ParallelBeam } from "./geometry/parallelBeam.ts";
import { waveletOperator } from "./transforms/wavelet.ts";
import { projector, type ProjectorMethod } from "./projectors/projector.ts";

/** One line of {@link operators}. */
export interface OperatorEntry {
  readonly name: string;
  /** The factory that makes it, as exported. */
  readonly factory: string;
  /** A small operator of this kind with odd sizes. */
  create(dtype: "f32" | "f64"): LinearOperator;
}

/** One line of {@link algorithms}. */
export interface AlgorithmEntry {
  readonly name: string;
  /** The factory that makes it, as exported. */
  readonly factory: string;
  /** The algorithm with usual settings, for data of {@link projector} with a geometry. */
  create(geometry: ParallelBeam, dtype: "f32" | "f64"): Algorithm;
}

const IMAGE = { rows: 9, columns: 12, pixel: 0.25 };
const SCAN = { image: IMAGE, angles: evenAngles(7, 2 * Math.PI, 0.1), detectors: 15, spacing: 0.27, offset: 0.04 };
/** Views that are mirror images of each other. */
const MIRRORED = {
  image: { rows: 9, columns: 9, pixel: 0.25 },
  angles: evenAngles(16, 2 * Math.PI),
  offset: 0,
};
const METHODS: readonly ProjectorMethod[] = ["joseph", "siddon", "pixel", "strip"];
const GEOMETRIES = {
  parallel: () => parallelBeam(SCAN),
  "flat-fan": () => flatFan({ ...SCAN, sourceDistance: 4, detectorDistance: 2 }),
  "curved-fan": () => curvedFan({ ...SCAN, spacing: 0.05, sourceDistance: 4 }),
};

const CONE = {
  volume: { slices: 5, rows: 7, columns: 6, pixel: 0.25 },
  angles: evenAngles(5, 2 * Math.PI, 0.1),
  detectors: 11,
  spacing: 0.3,
  offset: 0.05,
  detectorRows: 8,
  rowSpacing: 0.22,
  rowOffset: 0.1,
  sourceDistance: 4,
  detectorDistance: 2,
};

const RADAR = {
  transmitters: linearArray("x", 3, 0.3),
  receivers: linearArray("y", 2, 0.3),
  frequencies: [4e9, 7e9, 16e9],
  x: [-0.1, 0, 0.1],
  y: [-0.1, 0.05],
  z: [0.45, 0.5],
};

/** Every operator. A new one is one file and one line here. */
export const operators: readonly OperatorEntry[] = [
  ...METHODS.map((method) => ({
    name: `parallel ${method}`,
    factory: "projector",
    create: (dtype: "f32" | "f64") => projector(GEOMETRIES.parallel(), { method, dtype }),
  })),
  ...(["flat-fan", "curved-fan"] as const).flatMap((kind) =>
    METHODS.map((method) => ({
      name: `${kind} ${method}`,
      factory: "projector",
      create: (dtype: "f32" | "f64") => projector(GEOMETRIES[kind](), { method, dtype }),
    })),
  ),
  {
    name: "parallel joseph in fours",
    factory: "projector",
    create: (dtype) => projector(parallelBeam({ ...SCAN, ...MIRRORED }), { dtype }),
  },
  {
    name: "parallel stack in fours",
    factory: "projector",
    create: (dtype) => projector(parallelBeam({ ...SCAN, ...MIRRORED }), { slices: 2, dtype }),
  },
  {
    name: "parallel stack",
    factory: "projector",
    create: (dtype) => projector(GEOMETRIES.parallel(), { slices: 3, dtype }),
  },
  {
    name: "cone",
    factory: "coneProjector",
    create: (dtype) => coneProjector(coneBeam(CONE), { dtype }),
  },
  {
    name: "mimo",
    factory: "mimoOperator",
    create: (precision) => mimoOperator(RADAR, { precision }),
  },
  {
    name: "mimo without tables",
    factory: "mimoOperator",
    create: (precision) => mimoOperator(RADAR, { precision, storage: 0 }),
  },
  {
    name: "blur",
    factory: "blurOperator",
    create: (dtype) =>
      blurOperator(
        [9, 12],
        [
          [0.1, 0.2, 0],
          [0.3, 0.2, -0.1],
          [0, 0.1, 0.2],
        ],
        { dtype },
      ),
  },
  ...(["zero", "periodic"] as const).map((boundary) => ({
    name: `separable blur, ${boundary}`,
    factory: "separableBlurOperator",
    create: (dtype: "f32" | "f64") =>
      separableBlurOperator(
        [5, 8],
        [
          [0.2, 0.5, -0.1],
          [0.1, 0.2, 0.4, 0.3, 0.05],
        ],
        { boundary, dtype },
      ),
  })),
  {
    name: "cosine",
    factory: "cosineOperator",
    create: (dtype) => cosineOperator([5, 6], { dtype }),
  },
  {
    name: "mask",
    factory: "maskOperator",
    create: (dtype) => maskOperator([3, 4], [1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 0], { dtype }),
  },
  { name: "downsample", factory: "downsampleOperator", create: (dtype) => downsampleOperator([6, 9], 3, { dtype }) },
  { name: "sensing", factory: "sensingOperator", create: (dtype) => sensingOperator(key(3), [5, 4], 11, { dtype }) },
  {
    name: "partial fourier",
    factory: "partialFourierOperator",
    create: (dtype) =>
      partialFourierOperator([3, 4], [1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1], { dtype: dtype === "f32" ? "c64" : "c128" }),
  },
  {
    name: "wavelet",
    factory: "waveletOperator",
    create: (dtype) => waveletOperator([8, 12], { wavelet: "db2", dtype }),
  },
  { name: "gradient", factory: "gradientOperator", create: (dtype) => gradientOperator([5, 7], dtype) },
  { name: "3-D gradient", factory: "gradientOperator", create: (dtype) => gradientOperator([3, 4, 5], dtype) },
];

/** Sizes of the networks. */
const SMALL = { codeChannels: 4, features: 4, encoder: [4], decoder: [8, 8], skip: 2 };

/** Total variation as a term. */
const differences = ({ image }: ParallelBeam, dtype: "f32" | "f64"): Term => ({
  operator: gradientOperator([image.rows, image.columns], dtype),
  regularizer: gradientNorm(1e-4),
});

/** Every algorithm. A new one is one file and one line here. */
export const algorithms: readonly AlgorithmEntry[] = [
  { name: "landweber", factory: "landweber", create: () => landweber() },
  { name: "sirt", factory: "sirt", create: () => sirt() },
  {
    name: "sart",
    factory: "sart",
    create: (geometry, dtype) => sart({ subsets: viewSubsets(geometry, geometry.angles.length, { dtype }) }),
  },
  {
    name: "os-sart",
    factory: "sart",
    create: (geometry, dtype) => sart({ subsets: viewSubsets(geometry, 4, { dtype }), lower: 0 }),
  },
  { name: "fista", factory: "fista", create: () => fista({ regularizer: nonNegativeL1(1e-4) }) },
  { name: "ista", factory: "ista", create: () => ista({ regularizer: nonNegative() }) },
  {
    name: "chambolle-pock",
    factory: "chambollePock",
    create: (geometry, dtype) =>
      chambollePock({ terms: [differences(geometry, dtype)], constraint: nonNegative(), ratio: 0.3 }),
  },
  {
    name: "admm",
    factory: "admm",
    create: (geometry, dtype) =>
      admm({ terms: [differences(geometry, dtype), { regularizer: nonNegative() }], penalty: 0.1, balance: true }),
  },
  {
    name: "constrained-admm",
    factory: "constrainedAdmm",
    create: () => constrainedAdmm({ regularizer: l1(), step: 1e-3, epsilon: 0.01 }),
  },
  {
    name: "pnp-admm",
    factory: "pnpAdmm",
    create: (geometry) => pnpAdmm({ denoiser: tvDenoiser(), sigma: 1e-3, penalty: 0.3 * geometry.image.pixel ** 2 }),
  },
  {
    name: "pnp-admm of wavelets",
    factory: "pnpAdmm",
    create: (geometry) =>
      pnpAdmm({ denoiser: waveletDenoiser(), sigma: 1e-3, penalty: 0.3 * geometry.image.pixel ** 2 }),
  },
  { name: "pnp-pgd", factory: "pnpPgd", create: () => pnpPgd({ denoiser: nonLocalMeans(), sigma: 1e-3 }) },
  {
    name: "pnp-fista",
    factory: "pnpPgd",
    create: () => pnpPgd({ denoiser: tvDenoiser(), sigma: 1e-4, accelerated: true }),
  },
  { name: "red", factory: "red", create: () => red({ denoiser: waveletDenoiser(), sigma: 0.01, weight: 0.01 }) },
  {
    name: "pnp-hqs",
    factory: "pnpHqs",
    create: () => pnpHqs({ denoiser: tvDenoiser(), noise: 1e-3, sigmas: noiseSchedule(0.2, 1e-3, 12) }),
  },
  ...Object.entries({ dip, dipTv, dipWtv, pnpDip, mcdipAdmm }).map(([factory, make]) => ({
    name: factory,
    factory,
    // Small networks for a small scan without noise.
    create: ({ image }: ParallelBeam) =>
      make({ key: key(4), ...SMALL, unit: image.pixel, ...(factory === "dip" ? {} : { weight: 0.01 }) }),
  })),
  {
    name: "mcdipAdmm with a denoiser",
    factory: "mcdipAdmm",
    create: ({ image }) =>
      mcdipAdmm({ key: key(4), ...SMALL, codes: 2, unit: image.pixel, denoiser: tvDenoiser(), sigma: 1e-3 }),
  },
  { name: "cgls", factory: "cgls", create: () => cgls() },
  { name: "lsqr", factory: "lsqr", create: () => lsqr() },
  { name: "mlem", factory: "mlem", create: () => mlem() },
  {
    name: "osem",
    factory: "osem",
    create: (geometry, dtype) => osem({ subsets: viewSubsets(geometry, 4, { dtype }) }),
  },
];
