/** Comparing arrays of numbers. */
import { AnsatzError } from "../errors.ts";

/** Values that are not close enough. */
export class ToleranceError extends AnsatzError {
  constructor(message: string) {
    super("tolerance", message);
  }
}

/**
 * Throws unless `|got - want| <= absolute + relative * |want|` for all elements. NaN equals NaN, and infinities must agree.
 * @throws ToleranceError naming the worst element
 */
export function expectClose(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { relative = 0, absolute = 0 }: { readonly relative?: number; readonly absolute?: number },
  what = "values",
): void {
  if (got.length !== want.length) {
    throw new ToleranceError(`${what}: lengths differ (got ${got.length}, expected ${want.length}).`);
  }
  for (let i = 0; i < want.length; i++) {
    if (Object.is(got[i], want[i])) continue;
    const error = Math.abs(got[i] - want[i]);
    if (!(error <= absolute + relative * Math.abs(want[i]))) {
      throw new ToleranceError(
        `${what}: element ${i} is off by ${error} (got ${got[i]}, expected ${want[i]}, relative ${relative}, absolute ${absolute}).`,
      );
    }
  }
}

/** Distance of two f32 numbers in units of the last place of the larger one. */
export function ulps32(got: number, want: number): number {
  if (Object.is(got, want) || (got !== got && want !== want)) return 0;
  if (!Number.isFinite(got) || !Number.isFinite(want)) return Infinity;
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.max(Math.abs(want), 2 ** -149))));
  return Math.abs(got - want) / 2 ** (exponent - 23);
}
