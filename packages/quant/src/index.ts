/** Number formats, post-training quantisation of diffusion models, integer kernels and a processing-element simulator. */
export { checkScales, dequantizeAffine, fakeQuantize, quantizeAffine } from "./formats/affine.ts";
export type { AffineParameters, FakeQuantized, Rounding } from "./formats/affine.ts";
export { E8M0_NAN, decodeE8m0 } from "./formats/e8m0.ts";
export { FLOAT_FORMATS, decodeFloat, encodeFloat, roundToFloat } from "./formats/float.ts";
export type { EncodeFloatOptions, FloatFormat, FloatInfo } from "./formats/float.ts";
export { layoutOf } from "./formats/granularity.ts";
export type { Granularity, Layout, Run } from "./formats/granularity.ts";
export { INTEGER_TYPES, integerRange } from "./formats/integer.ts";
export type { IntegerRange, IntegerType } from "./formats/integer.ts";
export { MX_BLOCK, MX_ELEMENTS, decodeMx, encodeMx } from "./formats/mx.ts";
export type { MxBlocks, MxElement } from "./formats/mx.ts";
export { NF4_LEVELS, decodeNf4, encodeNf4 } from "./formats/nf4.ts";
export { gptqZeros, packNibbles, packWords, unpackNibbles, unpackWords } from "./formats/nibbles.ts";
export type { NibbleOrder, WordOrder } from "./formats/nibbles.ts";
export { NVFP4_BLOCK, decodeNvfp4, encodeNvfp4 } from "./formats/nvfp4.ts";
export type { Nvfp4 } from "./formats/nvfp4.ts";
export { fitAffine, rangesOf, scaleOfRange } from "./formats/range.ts";
export type { RangeOptions, ScaleAndZero } from "./formats/range.ts";
export type { BlockFormat } from "./gguf/block.ts";
export { BLOCK_FORMATS, blockFormat, decodeBlocks, encodeBlocks } from "./gguf/registry.ts";
export { matmulNBits, packMatMulNBits } from "./integer/matmulNBits.ts";
export type { BlockedWeight, NBitsWeight } from "./integer/matmulNBits.ts";
export { roundHalfEven } from "./numbers.ts";
export type { Numbers } from "./check.ts";
export { sqnr, squaredError } from "./metrics.ts";
export { affineFormat } from "./tensors/affine.ts";
export type { AffineFormatOptions } from "./tensors/affine.ts";
export type { Encoded, TensorFormat } from "./tensors/base.ts";
export { mxFormat, nf4Format, nvfp4Format } from "./tensors/blocks.ts";
export { floatFormat } from "./tensors/float.ts";
export { ggufFormat } from "./tensors/gguf.ts";
export { packBits, unpackBits } from "./tensors/packBits.ts";
export { dequantize, quantize, unpackQTensor } from "./tensors/qtensor.ts";
export type { QTensor } from "./tensors/qtensor.ts";
export { formats } from "./tensors/registry.ts";
export { observeAll, perChannel } from "./observers/base.ts";
export type { Observer, ValueRange } from "./observers/base.ts";
export { entropyThreshold } from "./observers/entropy.ts";
export type { EntropyThreshold } from "./observers/entropy.ts";
export { addToHistogram, histogramOf, histogramPercentile } from "./observers/histogram.ts";
export type { Histogram } from "./observers/histogram.ts";
export { L1, L24, MSE } from "./observers/metric.ts";
export type { Metric } from "./observers/metric.ts";
export { minMaxObserver, movingAverageObserver } from "./observers/minMax.ts";
export { percentile, percentileRange } from "./observers/percentile.ts";
export { observers } from "./observers/registry.ts";
export { blended, entropyObserver, metricObserver, percentileObserver } from "./observers/streaming.ts";
export { searchThreshold, thresholdRange } from "./observers/thresholdSearch.ts";
export type { Threshold, ThresholdOptions } from "./observers/thresholdSearch.ts";
export { ggufValues, readGguf, writeGguf } from "./containers/gguf.ts";
export type { GgufFile, GgufInput, GgufTensor } from "./containers/gguf.ts";
export type { GgufScalarType, GgufValue } from "./containers/ggufValues.ts";
export { readSmallSafetensors, safetensorsValues, writeSmallSafetensors } from "./containers/safetensors.ts";
export type { SmallArray } from "./containers/safetensors.ts";
export {
  adaRound,
  adaRoundMethod,
  inverseRectifiedSigmoid,
  rectifiedSigmoid,
  roundingRegularizer,
} from "./weights/adaRound.ts";
export type { AdaRoundOptions } from "./weights/adaRound.ts";
export { awq, awqClip, meanAbsolute } from "./weights/awq.ts";
export type { AwqResult } from "./weights/awq.ts";
export { withCodes } from "./weights/base.ts";
export type { GridOptions, LayerMethod, QuantizedWeight, WeightMethod } from "./weights/base.ts";
export { bestMethod, bestWeight } from "./weights/best.ts";
export type { BestWeight } from "./weights/best.ts";
export { exhaustiveRounding } from "./weights/exhaustive.ts";
export type { ExhaustiveRounding } from "./weights/exhaustive.ts";
export { gptq, gptqMethod } from "./weights/gptq.ts";
export type { GptqOptions, GptqResult } from "./weights/gptq.ts";
export { gramOf, outputError } from "./weights/layer.ts";
export type { LinearLayer } from "./weights/layer.ts";
export { polish, polishedGptq } from "./weights/polish.ts";
export type { PolishOptions } from "./weights/polish.ts";
export { weightMethods } from "./weights/registry.ts";
export { roundToNearest, rtn } from "./weights/rtn.ts";
export { smoothQuant } from "./weights/smoothQuant.ts";
export type { Smoothed } from "./weights/smoothQuant.ts";
export { integerConv2d, patchesOf } from "./integer/conv.ts";
export type { ConvShape } from "./integer/conv.ts";
export { dequantizeSums, integerLinear, packWeight } from "./integer/linear.ts";
export type { Codes, PackedWeight } from "./integer/linear.ts";
export { requantizeSums } from "./integer/requantizeSums.ts";
export type { RequantizeOptions } from "./integer/requantizeSums.ts";
export { fixedFactor, requantizeFactor, requantizeFixed, requantizeFloat } from "./integer/requantize.ts";
export type { FixedFactor, RequantizeOutput } from "./integer/requantize.ts";
export { calibrationBatch, collectCalibration } from "./diffusion/calibration.ts";
export type { CalibrationOptions, CalibrationSet, CalibrationSource } from "./diffusion/calibration.ts";
export { quantizedDenoiser, quantizedFunction } from "./diffusion/denoiser.ts";
export type { RunnableModel } from "./diffusion/denoiser.ts";
export { layersOf, walkLayers } from "./diffusion/network.ts";
export type { LayerInfo, TimedNetwork } from "./diffusion/network.ts";
export { quantizeNetwork } from "./diffusion/ptq.ts";
export type { LayerBits, LayerReport, PtqOptions, QuantizedModel } from "./diffusion/ptq.ts";
export type { InputQuantizer } from "./diffusion/inputs.ts";
export type { ChannelScales } from "./diffusion/channelScales.ts";
export { segmentOf } from "./diffusion/segments.ts";
export { normalTimes, timesOf, uniformTimes } from "./diffusion/times.ts";
export type { TimePolicy } from "./diffusion/times.ts";
export { quantizeChannels } from "./diffusion/weights.ts";
export type { ChannelWeight, WeightScales } from "./diffusion/weights.ts";
export {
  accumulatorBits,
  additionsOf,
  dequantizeOperations,
  groupProduct,
  shiftAddHalf,
  shiftAddProduct,
  shiftPartials,
} from "./mixpe/arithmetic.ts";
export type { GroupProblem, GroupProduct } from "./mixpe/arithmetic.ts";
export { COSTS_45NM, ELEMENT_KINDS, processingElement } from "./mixpe/element.ts";
export type { ElementKind, ProcessingElement, UnitCosts } from "./mixpe/element.ts";
export { columnsInArea, gemmCost } from "./mixpe/model.ts";
export type { Accelerator, GemmCost, GemmShape } from "./mixpe/model.ts";
export { PUBLISHED_ARRAYS, publishedCost } from "./mixpe/published.ts";
export type { PublishedArray, PublishedCost } from "./mixpe/published.ts";
export { NETWORK_SHAPES, gemmsOf } from "./mixpe/shapes.ts";
export type { NetworkShapes } from "./mixpe/shapes.ts";
export { designPoint, paretoSet, sweepDesigns } from "./mixpe/sweep.ts";
export type { DesignPoint, DesignSpace } from "./mixpe/sweep.ts";
export { DATAFLOWS, DATAFLOW_COSTS } from "./mixpe/dataflow.ts";
export type { Dataflow, DataflowArray, DataflowCost } from "./mixpe/dataflow.ts";
export { foldCycles, simulateFold, simulateStationaryFold, stationaryFoldCycles } from "./mixpe/systolic.ts";
export type { Fold } from "./mixpe/systolic.ts";
export { gptqCodes, minMaxRow, minMaxViolation, nearestCodes, rowViolation, spannedLevels } from "./weights/minMax.ts";
export type { MinMaxOptions, MinMaxRow } from "./weights/minMax.ts";
export { dynamicLinear, float8Linear, int4Linear, integerLinearModel, nBitsLinear, qdqLinear } from "./onnx/linear.ts";
export type { ByteQuantizer, ByteWeight } from "./onnx/linear.ts";
export { ONNX_TYPES, encodeOnnx } from "@ansatz/nn/onnx";
export type { OnnxConstant, OnnxModel, OnnxNode, OnnxType, OnnxValue } from "@ansatz/nn/onnx";
export { qdqNetwork } from "./onnx/network.ts";
export type { OnnxActivation, QdqLayer } from "./onnx/network.ts";
export { qdqUnet } from "./onnx/unet.ts";
export { PTQ4DM_PAPER } from "./citation.ts";
