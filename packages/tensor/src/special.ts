/** Special functions, elementwise on floats: the error function family and relatives of the gamma function. */
export { digamma, erf, erfc, erfinv, lgamma } from "./ops/special.ts";
