import type { Tensor } from "../tensor.ts";

/** A tensor of floats. */
export type FloatTensor = Tensor<"f32"> | Tensor<"f64">;
