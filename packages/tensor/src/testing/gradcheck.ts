/** Checking gradients against differences. */
import { AnsatzError } from "../errors.ts";
import { mul } from "../ops/arith.ts";
import { tensor } from "../ops/create.ts";
import { sum } from "../ops/reduce.ts";
import type { Tensor } from "../tensor.ts";
import { valueAndGrad } from "../transform/vjp.ts";

/** A gradient that does not match. */
export class GradientError extends AnsatzError {
  constructor(message: string) {
    super("gradient", message);
  }
}

/** Options of {@link gradcheck}. */
export interface GradcheckOptions {
  /** Largest accepted difference relative to `max(1, |derivative|)`; 1e-6 when left out. */
  readonly tolerance?: number;
  /** Wider step of the central differences; 1e-4 when left out. */
  readonly step?: number;
}

/**
 * Compares the gradient of `sum(weights * f(...inputs))` with central differences of steps h and h/2, extrapolated
 * (Richardson, error O(h^4)), for every element of every input.
 * @param f a function of f64 tensors that returns a float tensor
 * @returns the largest difference found
 * @throws GradientError naming the first element that is off
 */
export async function gradcheck(
  f: (...x: Tensor[]) => Tensor,
  inputs: readonly Tensor<"f64">[],
  options: GradcheckOptions = {},
): Promise<number> {
  const { tolerance = 1e-6, step = 1e-4 } = options;
  const data = await Promise.all(inputs.map((x) => x.data()));
  const device = inputs[0].device;
  // Uneven weights, so that errors cannot cancel.
  const weigh = (y: Tensor): Tensor => {
    const w = Float64Array.from({ length: y.size }, (_, i) => 1 + Math.sin(1 + 2.3 * i) / 2);
    return sum(mul(y, tensor(w, { shape: y.shape, device })));
  };
  const loss = async (values: readonly Float64Array[]): Promise<number> => {
    const xs = values.map((v, i) => tensor(v, { shape: inputs[i].shape, dtype: "f64", device }));
    return Number(await weigh(f(...xs)).item());
  };
  const { grad } = valueAndGrad((args: readonly Tensor[]) => weigh(f(...args)))([...inputs]);
  const got = await Promise.all(grad.map((g) => g.data()));
  let worst = 0;
  for (let k = 0; k < data.length; k++) {
    for (let i = 0; i < data[k].length; i++) {
      const at = (d: number): Promise<number> => {
        const moved = data.map((v) => Float64Array.from(v));
        moved[k][i] += d;
        return loss(moved);
      };
      const wide = ((await at(step)) - (await at(-step))) / (2 * step);
      const narrow = ((await at(step / 2)) - (await at(-step / 2))) / step;
      const want = (4 * narrow - wide) / 3;
      const error = Math.abs(got[k][i] - want) / Math.max(1, Math.abs(want));
      if (!(error <= tolerance)) {
        throw new GradientError(
          `gradcheck: gradient is wrong at element ${i} of input ${k} (got ${got[k][i]}, expected ${want}, ` +
            `difference ${error.toExponential(1)}).`,
        );
      }
      worst = Math.max(worst, error);
    }
  }
  return worst;
}
