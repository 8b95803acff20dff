/** Helpers for testing code that uses tensors: comparison, gradient checks, and the list of elementwise operations. */
import "./backend/cpu/complete.ts";
export { ELEMENTWISE, type Domain, type ElementwiseEntry } from "./ops/registry.ts";
export { expectClose, ToleranceError, ulps32 } from "./testing/close.ts";
export { gradcheck, GradientError, type GradcheckOptions } from "./testing/gradcheck.ts";
