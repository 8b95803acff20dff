/** Products of integers of 8 and 4 bits that lie packed in u32 words. */
export { int4Matmul, type Int4MatmulOptions } from "./integer/int4.ts";
export { int8Matmul, packRows, type Int8InputOptions, type Int8MatmulOptions } from "./integer/int8.ts";
export { INT8_LONGEST, type Int8WeightOptions } from "./integer/int8Check.ts";
export { prepareInt8, type Int8Weight } from "./integer/int8Weight.ts";
