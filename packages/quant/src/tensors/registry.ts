/** The number formats, in the settings in which they are compared. */
import { affineFormat } from "./affine.ts";
import type { TensorFormat } from "./base.ts";
import { mxFormat, nf4Format, nvfp4Format } from "./blocks.ts";
import { floatFormat } from "./float.ts";
import { ggufFormat } from "./gguf.ts";

/** Number formats for tensors whose last axis is a multiple of 128. */
export const formats: readonly TensorFormat[] = [
  affineFormat({ type: "i8", symmetric: true }),
  affineFormat({ type: "i8", symmetric: true, granularity: { per: "channel", axis: 0 } }),
  affineFormat({ type: "u8" }),
  affineFormat({ type: "i8", symmetric: true, granularity: { per: "group", group: 128 } }),
  affineFormat({ type: "i4", symmetric: true, granularity: { per: "group", group: 128 } }),
  affineFormat({ type: "u4", granularity: { per: "group", group: 128 } }),
  affineFormat({ type: "i4", symmetric: true, granularity: { per: "group", group: 32 } }),
  affineFormat({ type: "u4", granularity: { per: "group", group: 32 } }),
  affineFormat({ type: "u3", granularity: { per: "group", group: 32 } }),
  affineFormat({ type: "u2", granularity: { per: "group", group: 32 } }),
  nf4Format(),
  mxFormat("e2m1"),
  nvfp4Format(),
  mxFormat("e2m3"),
  mxFormat("e3m2"),
  mxFormat("e4m3fn"),
  mxFormat("e5m2"),
  mxFormat("int8"),
  floatFormat("e4m3fn"),
  floatFormat("e5m2"),
  floatFormat("e3m2"),
  floatFormat("e2m3"),
  floatFormat("e2m1"),
  ggufFormat("Q4_0"),
  ggufFormat("Q4_1"),
  ggufFormat("Q5_0"),
  ggufFormat("Q8_0"),
  ggufFormat("MXFP4"),
  ggufFormat("NVFP4"),
];
