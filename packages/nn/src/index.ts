/** Neural-network layers, parameter trees, training loops and checkpoints. */
export { elu, leakyRelu } from "./functions/activations.ts";
export { reflectionPad2d } from "./functions/reflectionPad2d.ts";
export { averagePool2d, upsampleBilinear, upsampleNearest } from "./functions/resample.ts";
export { sinusoidalEmbedding, type SinusoidalOptions } from "./functions/sinusoidalEmbedding.ts";
export {
  defaultInit,
  kaiming,
  onesInit,
  xavier,
  zerosInit,
  type Initializer,
  type KaimingOptions,
  type XavierOptions,
} from "./initializers.ts";
export type { InitOptions, Layer, ParamsOf } from "./layer.ts";
export { withLinearHook, type ConvGeometry, type LinearCall, type LinearHook } from "./linearHook.ts";
export {
  selfAttention,
  spatialAttention,
  type SelfAttentionOptions,
  type SelfAttentionParams,
  type SpatialAttentionOptions,
  type SpatialAttentionParams,
} from "./layers/attention.ts";
export { activation, residual, sequential, type SequentialParams } from "./layers/combinators.ts";
export { conv2d, type Conv2dOptions } from "./layers/conv2d.ts";
export { dense, type DenseOptions, type WeightAndBias } from "./layers/dense.ts";
export {
  groupNorm,
  instanceNorm,
  type GroupNormOptions,
  type InstanceNormOptions,
  type ScaleAndShift,
} from "./layers/norm.ts";
export { downsample, upsample, type DownsampleOptions, type UpsampleOptions } from "./layers/resampling.ts";
export { timeEmbedding, type TimeEmbeddingOptions, type TimeEmbeddingParams } from "./layers/timeEmbedding.ts";
export {
  directionNet,
  directionOf,
  type DirectionNet,
  type DirectionNetOptions,
  type DirectionNetParams,
} from "./models/directionNet.ts";
export { resBlock, type ConditionedLayer, type ResBlockOptions, type ResBlockParams } from "./models/resBlock.ts";
export { unet, type TimeConditioned, type UNetOptions, type UNetParams } from "./models/unet.ts";
export {
  loadParameters,
  parameterCount,
  saveParameters,
  type LoadedParameters,
  type LoadOptions,
  type SaveOptions,
} from "./parameters.ts";
export {
  trainDirections,
  type DirectionStage,
  type TrainDirectionsOptions,
  type TrainDirectionsResult,
} from "./train/directions.ts";
export type { TrainFailure, TrainResult, TrainStatus, TrainStep } from "./train/result.ts";
export {
  disposeTraining,
  loadTraining,
  saveTraining,
  type LoadTrainingOptions,
  type TrainState,
} from "./train/state.ts";
export type { Loss } from "./train/step.ts";
export { fit, train, type FitOptions, type TrainOptions } from "./train/train.ts";
export { initializers, layers, type InitializerEntry, type LayerEntry, type LayerExample } from "./registry.ts";
