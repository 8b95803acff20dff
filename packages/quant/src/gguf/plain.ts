/** GGUF types without blocks: F32 and F16. */
import type { BlockFormat } from "./block.ts";
import { readHalf, writeHalf } from "./block.ts";

/** Single precision. */
export const F32: BlockFormat = {
  name: "F32",
  type: 0,
  block: 1,
  bytes: 4,
  encode: (x, to) => {
    new DataView(to.buffer, to.byteOffset).setFloat32(0, x[0], true);
  },
  decode: (from, to) => {
    to[0] = new DataView(from.buffer, from.byteOffset).getFloat32(0, true);
  },
};

/** Half precision. */
export const F16: BlockFormat = {
  name: "F16",
  type: 1,
  block: 1,
  bytes: 2,
  encode: (x, to) => {
    writeHalf(to, 0, x[0]);
  },
  decode: (from, to) => {
    to[0] = readHalf(from, 0);
  },
};
