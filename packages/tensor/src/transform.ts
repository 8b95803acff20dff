/** Functions from functions to functions, beyond those of the root: batches, whole Jacobians, gradient rules, checkpoints. */
import "./backend/cpu/complete.ts";
export { checkpoint } from "./transform/checkpoint.ts";
export { customVjp, type Cotangents } from "./transform/customVjp.ts";
export { hessianVector } from "./transform/hessianVector.ts";
export { hessian, jacobian, type Jacobian, type JacobianOptions } from "./transform/jacobian.ts";
export { vmap, type BatchAxes, type VmapOptions } from "./transform/vmap.ts";
