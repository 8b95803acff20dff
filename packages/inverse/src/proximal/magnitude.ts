/** Regularisers of the magnitude of complex unknowns. */
import {
  complex,
  div,
  greater,
  imag,
  maximum,
  mul,
  real,
  scope,
  sqrt,
  add,
  square,
  where,
  isTensor,
  DTypeError,
  isComplex,
  type Tensor,
} from "@ansatz/tensor";
import type { Regularizer } from "./base.ts";

/** `|x|` of complex numbers. */
export function magnitudeOf(x: Tensor): Tensor {
  return sqrt(add(square(real(x)), square(imag(x))));
}

/** Magnitudes with the phases of z; the phase of 0 is 1. Magnitudes below 0 count as 0. */
function withPhaseOf(z: Tensor, before: Tensor, magnitude: Tensor): Tensor {
  const some = greater(before, 0);
  const positive = maximum(magnitude, 0);
  const scale = div(positive, where(some, before, 1));
  return complex(where(some, mul(real(z), scale), positive), where(some, mul(imag(z), scale), mul(positive, 0)));
}

/**
 * A regulariser of real images as one of the magnitudes of complex ones, `R(|x|)`. Its proximal map is that of R on `|z|`, clipped at 0, with
 * the phases of z: for any R for which the real proximal map of a non-negative image is not negative, and as a definition for denoisers.
 * Source: the polar form of |x - z|^2 is least, for given magnitudes, when phases agree; METU, "Plug-and-play regularization on magnitude".
 * @throws DTypeError for real images
 */
export function onMagnitude(regularizer: Regularizer): Regularizer {
  const { name, citations, value } = regularizer;
  return {
    name: `${name} of the magnitude`,
    citations,
    prox(z, step) {
      if (!isComplex(z.dtype))
        throw new DTypeError(`onMagnitude: the image is not complex (got ${z.dtype}, expected c64 or c128).`);
      const before = magnitudeOf(z);
      const after = regularizer.prox(before, step);
      if (isTensor(after)) return withPhaseOf(z, before, after);
      return after.then((m) => {
        const result = scope(() => withPhaseOf(z, before, m));
        if (m !== before) m.dispose();
        return result;
      });
    },
    ...(value === undefined ? {} : { value: (x: Tensor) => value(magnitudeOf(x)) }),
  };
}
