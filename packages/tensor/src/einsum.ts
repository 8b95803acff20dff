/** Einstein summation: sums of products over named axes. */
export { einsum } from "./einsum/einsum.ts";
