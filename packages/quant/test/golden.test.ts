/** Every case of every golden file is one test. */
import { goldenSuite } from "@ansatz/golden";
import pending from "./golden/pending.json" with { type: "json" };
import { affine } from "./reader/affine.ts";
import { awqSmoothAdaround } from "./reader/awqSmoothAdaround.ts";
import { containers } from "./reader/containers.ts";
import { formatsFloat } from "./reader/formatsFloat.ts";
import { gptqCases } from "./reader/gptq.ts";
import { int8Gemm } from "./reader/int8Gemm.ts";
import { dmmvRows, minMaxRows } from "./reader/minMax.ts";
import { mixpeArith, mixpeHw, mixpePublished } from "./reader/mixpe.ts";
import { observers } from "./reader/observers.ts";
import { onnxQdq } from "./reader/onnxQdq.ts";
import { packBlocks } from "./reader/packBlocks.ts";
import { ptq4dmToy } from "./reader/ptq4dmToy.ts";

goldenSuite(import.meta.url, pending, {
  "affine.json": affine,
  "awq_smooth_adaround.json": awqSmoothAdaround,
  "containers.json": containers,
  "dmmv_ptq.json": dmmvRows,
  "formats_float.json": formatsFloat,
  "gptq.json": gptqCases,
  "int8_gemm.json": int8Gemm,
  "minmax_violation.json": minMaxRows,
  "mixpe_arith.json": mixpeArith,
  "mixpe_hw.json": mixpeHw,
  "mixpe_published_simulator.json": mixpePublished,
  "observers.json": observers,
  "onnx_qdq.json": onnxQdq,
  "pack_blocks.json": packBlocks,
  "ptq4dm_toy.json": ptq4dmToy,
});
