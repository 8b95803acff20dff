/** The arithmetic of a mixed-precision processing element: products with 4-bit weights by shifting and adding. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger, checkLength } from "../check.ts";
import type { Numbers } from "../check.ts";

/**
 * The four shifted activations b_i·2ⁱ·a of a 4-bit weight with bits b_i. The signed weight's top one is to be subtracted.
 * @param weight the nibble, 0…15
 * @param activation −128…127
 * @throws ArgumentError for weight or activation out of range
 */
export function shiftPartials(weight: number, activation: number): readonly [number, number, number, number] {
  checkInteger("shiftPartials", "weight", weight, 0, 15);
  checkInteger("shiftPartials", "activation", activation, -128, 127);
  const part = (i: number): number => ((weight >> i) & 1) * (activation << i);
  return [part(0), part(1), part(2), part(3)];
}

/** Weight times activation by shifting and adding; the nibble is read as 0…15, or as two's complement when `signed`. */
export function shiftAddProduct(weight: number, activation: number, signed: boolean): number {
  const [a, b, c, top] = shiftPartials(weight, activation);
  return a + b + c + (signed ? -top : top);
}

/** Additions that a product with this nibble takes: its set bits. */
export function additionsOf(weight: number): number {
  return [0, 1, 2, 3].reduce((count, i) => count + ((weight >> i) & 1), 0);
}

/**
 * A 4-bit weight times a half-precision number, by shifting and adding its 11-bit significand: at most 15 bits, so the
 * product is exact in float32. Half precision would round it; accumulate in float32.
 * @param weight an integer, −8…15
 * @param activation a half-precision value
 * @throws ArgumentError for weight out of range
 */
export function shiftAddHalf(weight: number, activation: number): number {
  checkInteger("shiftAddHalf", "weight", weight, -8, 15);
  const nibble = Math.abs(weight);
  let sum = 0;
  for (let i = 0; i < 4; i++) if ((nibble >> i) & 1) sum += activation * 2 ** i;
  // Zeros keep the sign that a multiplier would give them.
  return Math.fround(nibble === 0 || activation === 0 ? weight * activation : weight < 0 ? -sum : sum);
}

/**
 * Bits of an accumulator for sums of `group` products of `wBits` by `aBits`: w + a + ⌈log₂ group⌉.
 * @throws ArgumentError for arguments out of range
 */
export function accumulatorBits(wBits: number, aBits: number, group: number): number {
  for (const [field, value] of Object.entries({ wBits, aBits, group }))
    checkInteger("accumulatorBits", field, value, 1);
  return wBits + aBits + Math.ceil(Math.log2(group));
}

/** Multiply-adds for dequantisation of a product [M, K]·[K, N] with a scale for every `group` of K. */
export function dequantizeOperations(
  m: number,
  k: number,
  n: number,
  group: number,
): { readonly before: number; readonly after: number; readonly ratio: number } {
  const after = m * n * Math.ceil(k / group);
  return { before: k * n, after, ratio: after / (k * n) };
}

/** A product of activations with weights of 4 bits in groups. */
export interface GroupProblem {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Divides k. */
  readonly group: number;
  /** Codes 0…15, [k, n]. */
  readonly codes: Numbers;
  /** [k/group, n]. */
  readonly scale: Numbers;
  /** [k/group, n]. */
  readonly zero: Numbers;
  /** [m, k]: integers −128…127 or half-precision values. */
  readonly activation: Numbers;
  /** Scale of the activations; 1 for half precision. */
  readonly activationScale?: number;
}

/** Sums of groups and what they come to. */
export interface GroupProduct {
  /** P[i][g][j] = Σ a·q over group g. */
  readonly products: Float64Array<ArrayBuffer>;
  /** S[i][g] = Σ a over group g, shared by all columns. */
  readonly inputs: Float64Array<ArrayBuffer>;
  /** y[i][j] = s_a Σ_g s_g (P_g − z_g S_g). */
  readonly y: Float64Array<ArrayBuffer>;
}

/**
 * The product with dequantisation after each group, as the element computes it: products by shift and add, sums of
 * integers (or of exact half-precision products), and one multiply-add for each group.
 * @throws ArgumentError for arguments out of range; ShapeError for codes of another length, scale of another length,
 * zero of another length or activation of another length; ArgumentError when group does not divide k
 */
export function groupProduct(problem: GroupProblem): GroupProduct {
  const name = "groupProduct";
  const { m, k, n, group, codes, scale, zero, activation, activationScale = 1 } = problem;
  for (const [field, value] of Object.entries({ m, k, n, group })) checkInteger(name, field, value, 1);
  if (k % group !== 0) throw new ArgumentError(`${name}: group does not divide k (got ${group} and ${k}).`);
  const groups = k / group;
  checkLength(name, "codes", codes, k * n);
  checkLength(name, "scale", scale, groups * n);
  checkLength(name, "zero", zero, groups * n);
  checkLength(name, "activation", activation, m * k);
  const products = new Float64Array(m * groups * n);
  const inputs = new Float64Array(m * groups);
  const y = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const g = Math.floor(p / group);
      const a = activation[i * k + p];
      inputs[i * groups + g] += a;
      for (let j = 0; j < n; j++) products[(i * groups + g) * n + j] += shiftAddHalf(codes[p * n + j], a);
    }
    for (let g = 0; g < groups; g++) {
      for (let j = 0; j < n; j++) {
        const at = g * n + j;
        const sum = products[(i * groups + g) * n + j] - zero[at] * inputs[i * groups + g];
        y[i * n + j] += activationScale * scale[at] * sum;
      }
    }
  }
  return { products, inputs, y };
}
