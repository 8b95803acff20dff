/** What most rules do to a gradient before they use it. */
import { add, mul, neg, type Tensor } from "@ansatz/tensor";
import { checkFlag, checkNonNegative, type Fields } from "../check.ts";

/** Options of every method that penalises large parameters and may ascend. */
export interface CommonOptions {
  /** `weightDecay * p` is added to the gradient (the gradient of an L2 penalty); 0 when left out. */
  readonly weightDecay?: number;
  /** Ascend instead of descend. */
  readonly maximize?: boolean;
}

/** Defaults and checks of {@link CommonOptions}. */
export const COMMON: Fields<Required<CommonOptions>> = {
  weightDecay: [0, checkNonNegative],
  maximize: [false, checkFlag],
};

/** The gradient of what is minimised: negated for `maximize`, then with the penalty's part. */
export function prepared(param: Tensor, grad: Tensor, { weightDecay, maximize }: Required<CommonOptions>): Tensor {
  const g = maximize ? neg(grad) : grad;
  return weightDecay > 0 ? add(g, mul(param, weightDecay)) : g;
}
