/** EDM's preconditioning around a raw network. */
import { checkOptions, mul, type Tensor } from "@ansatz/tensor";
import { checkPositive } from "../check.ts";
import { EDM_PAPER } from "../citation.ts";
import { edmSigma } from "../level.ts";
import { linear } from "../plan/linear.ts";
import { checkOutput, type DenoiserFunction, type PredictingDenoiser } from "./denoiser.ts";

/** Options of {@link edmPreconditioned}. */
export interface EdmPreconditionOptions {
  /** Standard deviation of the data, > 0; 0.5 when left out. */
  readonly sigmaData?: number;
  /** Sign of the network's part, -1 for networks that diffusers calls `v_prediction`; 1 when left out. */
  readonly sign?: 1 | -1;
}

/**
 * The denoiser of a raw EDM network F (Karras et al. 2022, equation 7), with s = sigma/alpha and d = sigmaData:
 * `x0 = d^2/(s^2 + d^2) y + s d/sqrt(s^2 + d^2) F(y/sqrt(s^2 + d^2), ln(s)/4)`, y = x/alpha. F is called with its own
 * input and with `level.time = ln(s)/4`.
 * @throws ArgumentError for a sigmaData that is not positive
 */
export function edmPreconditioned<C = unknown>(
  network: DenoiserFunction<C>,
  options: EdmPreconditionOptions = {},
): PredictingDenoiser<C> {
  const name = "edmPreconditioned";
  checkOptions(name, options, ["sigmaData", "sign"]);
  const d = options.sigmaData ?? 0.5;
  checkPositive(name, "sigmaData", d);
  const sign = options.sign ?? 1;
  return {
    predict: "x0",
    citations: [EDM_PAPER],
    call: (x, level, context) => {
      const s = edmSigma(level);
      const size = Math.hypot(s, d);
      const input = mul(x, 1 / (level.alpha * size)).eval();
      const finish = (output: Tensor): Tensor => {
        checkOutput(name, output, x);
        const x0 = linear([
          [d ** 2 / (size ** 2 * level.alpha), x],
          [(sign * s * d) / size, output],
        ]).eval();
        if (output !== input) output.dispose();
        input.dispose();
        return x0;
      };
      const output = network(input, { ...level, time: Math.log(s) / 4 }, context);
      return output instanceof Promise ? output.then(finish) : finish(output);
    },
  };
}
