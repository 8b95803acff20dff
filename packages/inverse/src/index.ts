/** Tomography, radar and image reconstruction: operators, analytic and iterative methods. */
export { lineOf, rayOf, selectViews, sinogramShape, type Geometry, type Ray } from "./geometry/base.ts";
export { evenAngles, type FullScan, type Scan } from "./geometry/detector.ts";
export { unitSquare, type ImageGrid } from "./geometry/image.ts";
export { parallelBeam, type ParallelBeam } from "./geometry/parallelBeam.ts";
export { flatFan, type FlatFan, type FlatFanScan } from "./geometry/flatFan.ts";
export { curvedFan, type CurvedFan, type CurvedFanScan } from "./geometry/curvedFan.ts";
export { coneBeam, type ConeBeam, type ConeScan, type VolumeGrid } from "./geometry/coneBeam.ts";
export { coneProjector } from "./projectors/cone.ts";
export { feldkamp } from "./analytic/feldkamp.ts";
export { ellipsoidPhantom, ellipsoidProjections, type Ellipsoid } from "./phantoms/ellipsoids.ts";
export { projector, type ProjectorMethod, type ProjectorOptions } from "./projectors/projector.ts";
export type {
  Algorithm,
  ReconstructionOptions,
  ReconstructionProblem,
  ReconstructionRecord,
  ReconstructionResult,
  ReconstructionState,
  ReconstructionStatus,
} from "./algorithms/base.ts";
export { iterateReconstruction, reconstruct } from "./algorithms/reconstruct.ts";
export { landweber, type LandweberOptions } from "./algorithms/landweber.ts";
export { sirt, type SirtOptions } from "./algorithms/sirt.ts";
export { kaczmarz, sart, type SartOptions } from "./algorithms/sart.ts";
export { mlem, osem, type OsemOptions } from "./algorithms/mlem.ts";
export { cgls, lsqr, type KrylovOptions } from "./algorithms/krylov.ts";
export { viewSubsets, type Subset } from "./algorithms/subsets.ts";
export type { Bounds } from "./algorithms/tools.ts";
export type { Regularizer } from "./proximal/base.ts";
export { ellipsePhantom, ellipseSinogram, type Ellipse, type PhantomOptions } from "./phantoms/ellipses.ts";
export { sheppLogan } from "./phantoms/sheppLogan.ts";
export { randomEllipses } from "./phantoms/random.ts";
export { meanSquaredError, psnr, relativeError, type PsnrOptions } from "./metrics/errors.ts";
export { ssim, type SsimOptions } from "./metrics/ssim.ts";
export { algorithms, operators, type AlgorithmEntry, type OperatorEntry } from "./registry.ts";
export {
  discreteReconstruction,
  type DiscreteReconstructionOptions,
  type DiscreteReconstructionProblem,
  type DiscreteReconstructionResult,
} from "./discrete/tomography.ts";
export { separableBlurOperator, type SeparableBlurOptions } from "./operators/separableBlur.ts";
export { phaselessOperator, type NonlinearOperator } from "./operators/phaseless.ts";
export { cosineOperator, sparseIn, type SparseOptions } from "./transforms/cosine.ts";
export { ringCorrelation, type RingCorrelation } from "./metrics/correlation.ts";
export { pointScene, randomPoints, type Reflector, type SceneOptions } from "./phantoms/points.ts";
export { scikitResponse } from "./analytic/scikit.ts";
export { filteredBackprojection, type FbpOptions } from "./analytic/fbp.ts";
export { filterRows, rampKernel, rampResponse, type RampOptions, type RampWindow } from "./analytic/filters.ts";
export { admm, type AdmmOptions } from "./algorithms/admm.ts";
export { chambollePock, type ChambollePockOptions } from "./algorithms/chambollePock.ts";
export { constrainedAdmm, type ConstrainedOptions } from "./algorithms/constrained.ts";
export { fista, ista, type ProximalGradientOptions } from "./algorithms/fista.ts";
export type { Term } from "./algorithms/terms.ts";
export { gradientOperator } from "./operators/gradient.ts";
export { gradientNorm } from "./proximal/groups.ts";
export { onMagnitude } from "./proximal/magnitude.ts";
export {
  box,
  halfSquare,
  huber,
  l0,
  l1,
  nonNegative,
  nonNegativeL1,
  poissonLikelihood,
  squaredDistance,
} from "./proximal/pointwise.ts";
export { totalVariation, type TotalVariationOptions } from "./proximal/totalVariation.ts";
export { euclideanNorm, l1Ball, l2Ball, maximumNorm, simplex } from "./proximal/vectors.ts";
export { kirchhoffMigration } from "./analytic/kirchhoff.ts";
export {
  linearArray,
  mimoOperator,
  SPEED_OF_LIGHT,
  type MimoOptions,
  type MimoSetup,
  type Point,
} from "./operators/mimo.ts";
export { blurOperator, gaussianKernel } from "./operators/blur.ts";
export { downsampleOperator, maskOperator, partialFourierOperator, sensingOperator } from "./operators/sampling.ts";
export { gaussianNoise, mixedNoise, poisson, sigmaForSnr, transmissionNoise } from "./noise/noise.ts";
export { toPixels, type ColorMap, type PixelOptions, type Pixels } from "./pictures/picture.ts";
export { toPng } from "./pictures/png.ts";
export {
  inverseWaveletTransform,
  waveletOperator,
  waveletTransform,
  type WaveletOptions,
} from "./transforms/wavelet.ts";
export type { Wavelet } from "./transforms/filters.ts";
export type { Denoiser } from "./denoisers/base.ts";
export {
  tvDenoiser,
  waveletDenoiser,
  type TvDenoiserOptions,
  type WaveletDenoiserOptions,
} from "./denoisers/classical.ts";
export { bm3d, type Bm3dOptions } from "./denoisers/bm3d.ts";
export { nonLocalMeans, type NonLocalMeansOptions } from "./denoisers/nonLocalMeans.ts";
export { denoising, magnitudeDenoiser, relativeDenoiser } from "./denoisers/wrap.ts";
export { residualLipschitz, type LipschitzOptions } from "./denoisers/lipschitz.ts";
export { denoisers, type DenoiserEntry } from "./denoisers/registry.ts";
export { noiseSchedule, pnpHqs, type PnpHqsOptions } from "./pnp/halfQuadratic.ts";
export {
  pnpAdmm,
  pnpPgd,
  type PlugAndPlayOptions,
  type PnpAdmmOptions,
  type PnpPgdOptions,
} from "./pnp/plugAndPlay.ts";
export { red, type RedOptions } from "./pnp/red.ts";
export {
  dip,
  dipTv,
  dipWtv,
  mcdipAdmm,
  pnpDip,
  type DipOptions,
  type DipTvOptions,
  type DipWtvOptions,
  type McdipOptions,
} from "./priors/deepImagePrior.ts";
export type { GeneratorOptions } from "./priors/generator.ts";
export { learnedDenoiser, trainDenoiser, type TrainDenoiserOptions } from "./denoisers/learned.ts";
export {
  denoisingCnn,
  denoisingUNet,
  type DenoiserNet,
  type DenoisingCnnOptions,
  type DenoisingCnnParams,
  type DenoisingUNetOptions,
  type DenoisingUNetParams,
} from "./denoisers/networks.ts";
export { randomPhases, randomReflectors } from "./phantoms/scenes.ts";
