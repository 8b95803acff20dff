/** At which time steps of a diffusion model calibration inputs are taken. */
import { randint, normal } from "@ansatz/tensor/random";
import type { Key } from "@ansatz/tensor/random";
import { checkInteger, checkNumber } from "../check.ts";
import type { Numbers } from "../check.ts";
import { clamp, roundHalfEven } from "../numbers.ts";

/** A rule for time steps 0…T − 1, 0 being the clean end. */
export type TimePolicy =
  /** T − 1, the noisy end. */
  | { readonly kind: "first" }
  /** 1, next to the clean end. */
  | { readonly kind: "last" }
  /** T/2. */
  | { readonly kind: "mean" }
  /** rhe(linspace(0, T, N)), at most T − 1. */
  | { readonly kind: "uniform" }
  /** Independent and uniform. */
  | { readonly kind: "random" }
  /** clamp(trunc(T(μ + σz))) with normal z; μ = 0.5, σ = 0.35 when left out, fractions of T. */
  | { readonly kind: "normal"; readonly mean?: number; readonly deviation?: number };

/**
 * Times clamp(trunc(T(μ + σz)), 0, T − 1) of given normal numbers z.
 * @throws ArgumentError for count, mean or deviation out of range
 */
export function normalTimes(
  z: Numbers,
  count: number,
  { mean = 0.5, deviation = 0.35 }: { readonly mean?: number; readonly deviation?: number } = {},
): Int32Array<ArrayBuffer> {
  checkInteger("normalTimes", "count", count, 1);
  checkNumber("normalTimes", "mean", mean);
  checkNumber("normalTimes", "deviation", deviation, 0);
  return Int32Array.from(z, (v) => clamp(Math.trunc(count * (mean + deviation * v)), 0, count - 1));
}

/**
 * Times rhe(i·T/(N − 1)), i = 0…N − 1, at most T − 1.
 * @throws ArgumentError for n or count out of range
 */
export function uniformTimes(n: number, count: number): Int32Array<ArrayBuffer> {
  checkInteger("uniformTimes", "n", n, 1);
  checkInteger("uniformTimes", "count", count, 1);
  return Int32Array.from({ length: n }, (_, i) =>
    Math.min(count - 1, roundHalfEven(n === 1 ? 0 : (count * i) / (n - 1))),
  );
}

/**
 * N time steps by a policy.
 * @param count T, the number of time steps of the model
 * @see Shang et al. 2023 (PTQ4DM), section 3.3
 * @throws ArgumentError for n or count out of range
 */
export async function timesOf(
  policy: TimePolicy,
  n: number,
  count: number,
  key: Key,
): Promise<Int32Array<ArrayBuffer>> {
  checkInteger("timesOf", "n", n, 1);
  checkInteger("timesOf", "count", count, 2);
  const constant = (t: number): Int32Array<ArrayBuffer> => new Int32Array(n).fill(t);
  switch (policy.kind) {
    case "first":
      return constant(count - 1);
    case "last":
      return constant(1);
    case "mean":
      return constant(Math.floor(count / 2));
    case "uniform":
      return uniformTimes(n, count);
    case "random":
      return Int32Array.from(await randint(key, [n], 0, count).data());
    case "normal":
      return normalTimes(await normal(key, [n]).data(), count, policy);
  }
}
