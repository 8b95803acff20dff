/** Products of integers of 8 and 4 bits that lie packed in u32 words. */
export { int4Matmul, type Int4MatmulOptions } from "./integer/int4.ts";
export { INT8_LONGEST, int8Matmul, packRows, type Int8MatmulOptions } from "./integer/int8.ts";
