/** GGUF blocks as tensor formats: the codes are the bytes of the blocks, scales included. */
import { ArgumentError, ShapeError } from "@ansatz/tensor";
import { checkLength, sizeOf } from "../check.ts";
import { GGML } from "../citation.ts";
import { blockFormat, decodeBlocks, encodeBlocks } from "../gguf/registry.ts";
import type { TensorFormat } from "./base.ts";

/**
 * One of Q4_0, Q4_1, Q5_0, Q8_0, MXFP4 and NVFP4, as files in GGUF store it.
 * @throws ShapeError for x of another length or codes of another length; ArgumentError for writing a format that is only read; ShapeError for sizes
 * that are no multiples of the block
 */
export function ggufFormat(name: string): TensorFormat {
  const { block, bytes, encode } = blockFormat(name);
  if (encode === undefined) throw new ArgumentError(`ggufFormat: this format is only read (got ${name}).`);
  return {
    name: `gguf ${name}`,
    bits: 8,
    signed: false,
    encode(x, shape) {
      checkLength("ggufFormat", "x", x, sizeOf("ggufFormat", shape));
      if ((shape.at(-1) ?? 1) % block !== 0) {
        throw new ShapeError(`ggufFormat: ${name} has blocks of ${block} (got rows of ${shape.at(-1) ?? 1} numbers).`);
      }
      return { codes: encodeBlocks(x, name), scale: new Float32Array(0) };
    },
    decode({ codes }, shape) {
      checkLength("ggufFormat", "codes", codes, (sizeOf("ggufFormat", shape) / block) * bytes);
      return decodeBlocks(Uint8Array.from(codes), name);
    },
    citation: GGML,
  };
}
