/** Levels between levels. */
import { ArgumentError } from "@ansatz/tensor";
import { vpLevelFromEdmSigma, type Level } from "@ansatz/samplers";

/** The level of relative noise `sigma` between two levels of one family. @throws ArgumentError where the family is unknown */
export function betweenLevels(name: string, a: Level, b: Level, sigma: number): Level {
  const clean = b.sigma === 0 && b.alpha === 1;
  const is = (test: (level: Level) => boolean): boolean => test(a) && (clean || test(b));
  if (a.time === undefined && is(({ alpha }) => alpha === 1)) return { alpha: 1, sigma };
  if (a.time === undefined && is(({ alpha, sigma: s }) => Math.abs(alpha * alpha + s * s - 1) < 1e-9)) {
    return vpLevelFromEdmSigma(sigma);
  }
  throw new ArgumentError(
    `${name}: levels in between are unknown (got alpha ${a.alpha}, sigma ${a.sigma}, time ${String(a.time)}, expected ` +
      `variance-preserving or variance-exploding levels without model times). Give more levels.`,
  );
}
