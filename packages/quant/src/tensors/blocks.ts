/** Block formats as tensor formats: blocks run along the last axis. */
import { ShapeError } from "@ansatz/tensor";
import { checkFinite, checkInteger, checkLength, sizeOf } from "../check.ts";
import type { Numbers } from "../check.ts";
import { MX_PAPER, NVFP4_REPORT, QLORA_PAPER } from "../citation.ts";
import { FLOAT_FORMATS } from "../formats/float.ts";
import { MX_BLOCK, decodeMx, encodeMx } from "../formats/mx.ts";
import type { MxElement } from "../formats/mx.ts";
import { decodeNf4, encodeNf4 } from "../formats/nf4.ts";
import { NVFP4_BLOCK, decodeNvfp4, encodeNvfp4 } from "../formats/nvfp4.ts";
import type { TensorFormat } from "./base.ts";

function checkBlocks(name: string, x: Numbers, shape: readonly number[], block: number): void {
  checkLength(name, "x", x, sizeOf(name, shape));
  const width = shape.at(-1) ?? 1;
  if (width % block !== 0) {
    throw new ShapeError(`${name}: blocks of ${block} do not fill the last axis (got [${shape.join(", ")}]).`);
  }
}

/**
 * NF4 levels under the largest absolute value of each block (64 by default). A block of zeros has scale 1.
 * @throws ArgumentError for block or x out of range; ShapeError for arrays of another length
 */
export function nf4Format({ block = 64 }: { readonly block?: number } = {}): TensorFormat {
  checkInteger("nf4Format", "block", block, 1);
  return {
    name: `nf4 g${block}`,
    bits: 4,
    signed: false,
    encode(x, shape) {
      checkBlocks("nf4Format", x, shape, block);
      checkFinite("nf4Format", "x", x);
      const values = Float32Array.from(x);
      const scale = new Float32Array(values.length / block).fill(1);
      values.forEach((v, i) => {
        const b = Math.floor(i / block);
        const size = Math.abs(v);
        if (i % block === 0) scale[b] = 0;
        if (size > scale[b]) scale[b] = size;
      });
      const safe = scale.map((s) => (s >= 2 ** -126 ? s : 1));
      return { codes: encodeNf4(values.map((v, i) => v / safe[Math.floor(i / block)])), scale: safe };
    },
    decode({ codes, scale }) {
      return decodeNf4(codes).map((v, i) => v * scale[Math.floor(i / block)]);
    },
    citation: QLORA_PAPER,
  };
}

/**
 * Microscaling blocks of 32. `scale` holds the E8M0 bytes of the blocks.
 * @throws ShapeError for arrays of another length
 */
export function mxFormat(element: MxElement): TensorFormat {
  const bits = element === "int8" ? 8 : FLOAT_FORMATS[element].bits;
  return {
    name: `mx ${element}`,
    bits,
    signed: false,
    encode(x, shape) {
      checkBlocks("mxFormat", x, shape, MX_BLOCK);
      const { scales, codes } = encodeMx(x, element);
      return { codes, scale: Float32Array.from(scales) };
    },
    decode({ codes, scale }) {
      return decodeMx({ element, codes: Uint8Array.from(codes), scales: Uint8Array.from(scale) });
    },
    citation: MX_PAPER,
  };
}

/**
 * NVFP4: blocks of 16. `scale` holds the scale of the tensor, then the E4M3 codes of the blocks.
 * @throws ShapeError for arrays of another length
 */
export function nvfp4Format(): TensorFormat {
  return {
    name: "nvfp4",
    bits: 4,
    signed: false,
    encode(x, shape) {
      checkBlocks("nvfp4Format", x, shape, NVFP4_BLOCK);
      const { tensorScale, scales, codes } = encodeNvfp4(x);
      const scale = new Float32Array(1 + scales.length);
      scale[0] = tensorScale;
      scale.set(scales, 1);
      return { codes, scale };
    },
    decode({ codes, scale }) {
      const scales = Uint8Array.from(scale.subarray(1));
      return decodeNvfp4({ tensorScale: scale[0], scales, codes: Uint8Array.from(codes) });
    },
    citation: NVFP4_REPORT,
  };
}
