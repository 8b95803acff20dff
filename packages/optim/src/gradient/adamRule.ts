/** The update that Adam and AdamW have in common. */
import { add, div, maximum, mul, neg, sqrt, square, sub } from "@ansatz/tensor";
import type { ElementwiseRule } from "../elementwise.ts";
import type { AdamOptions } from "./adam.ts";

/**
 * The rule of {@link import("./adam.ts").adam}.
 * @param decoupled whether weight decay shrinks the parameter instead of being added to the gradient
 */
export function adamRule(
  settings: Required<AdamOptions>,
  decoupled: boolean,
): Omit<ElementwiseRule, "name" | "citations"> {
  const { learningRate, beta1, beta2, epsilon, weightDecay, amsgrad, maximize } = settings;
  return {
    learningRate,
    buffers: amsgrad ? ["m", "v", "vmax"] : ["m", "v"],
    // The correction of v stands outside of the quotient: a multiplication less for each element.
    numbers(step, lr) {
      const correction = Math.sqrt(1 - beta2 ** step);
      return [(lr / (1 - beta1 ** step)) * correction, epsilon * correction, 1 - lr * weightDecay];
    },
    update(param, grad, [m, v, vmax], [rate, least, shrink]) {
      let g = maximize ? neg(grad) : grad;
      if (weightDecay > 0 && !decoupled) g = add(g, mul(param, weightDecay));
      const p = weightDecay > 0 && decoupled ? mul(param, shrink) : param;
      const mean = add(mul(m, beta1), mul(g, 1 - beta1));
      const squares = add(mul(v, beta2), mul(square(g), 1 - beta2));
      const largest = amsgrad ? maximum(vmax, squares) : squares;
      const size = add(sqrt(largest), least);
      return {
        param: sub(p, mul(div(mean, size), rate)),
        buffers: amsgrad ? [mean, squares, largest] : [mean, squares],
      };
    },
  };
}
