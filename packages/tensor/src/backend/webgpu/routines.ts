/**
 * The GPU versions of the routines that the package root carries, by name. They come with the `webgpu` subpath, so that
 * programs without a GPU do not carry shaders; routines of other subpaths bring their own (`Routine.gpu`).
 */
import type { GpuRoutine } from "../backend.ts";
import { conv2dGpu, conv2dWeightGradientGpu } from "./conv.wgsl.ts";
import { gemmGpu } from "./gemm.wgsl.ts";
import { scatterAddGpu } from "./scatter.wgsl.ts";

/** GPU versions by the routine's name. */
export const GPU_ROUTINES: ReadonlyMap<string, GpuRoutine> = new Map([
  ["matmul", gemmGpu],
  ["conv2d", conv2dGpu],
  ["conv2dWeightGradient", conv2dWeightGradientGpu],
  ["scatterAdd", scatterAddGpu],
]);
