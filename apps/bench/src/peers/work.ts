/** Pieces of work that are timed, in a form that every contender can be asked for. */
import type { Contender } from "../measure/interleave.ts";
import type { Factorization } from "./matrices.ts";

/** Sizes of a convolution of images. */
export interface Images {
  readonly batch: number;
  readonly channels: number;
  readonly outputs: number;
  /** Height and width. */
  readonly size: number;
}

/** A piece of work; elements are f32 unless it says otherwise. Inputs are those of {@link ramp}. */
export type Work =
  /** `(2x + 1) x` */
  | { readonly kind: "affineChain"; readonly size: number }
  /** `tanh(2x + 1) x` */
  | { readonly kind: "tanhChain"; readonly size: number }
  /** `exp(-(2x + 1)^2 / 2)` */
  | { readonly kind: "expChain"; readonly size: number }
  /** `((c x + 1) 2 + 1/2) c - c` with another c in every run */
  | { readonly kind: "scalarChain"; readonly size: number }
  /** Product of two n x n matrices */
  | { readonly kind: "matmul"; readonly n: number; readonly dtype: "f32" | "f64" }
  /** Factors of an n x n matrix in f64 or c128, or a solution: see matrices.ts, also for the input */
  | {
      readonly kind: "factor";
      readonly factorization: Factorization;
      readonly n: number;
      readonly dtype: "f64" | "c128";
    }
  /** Softmax of every row */
  | { readonly kind: "softmax"; readonly rows: number; readonly columns: number }
  /** Layer normalisation of every row, without scale and offset, epsilon 1e-5 */
  | { readonly kind: "layerNorm"; readonly rows: number; readonly columns: number }
  /** Sum of all elements, of rows (axis 1) or of columns (axis 0) */
  | { readonly kind: "sum"; readonly rows: number; readonly columns: number; readonly axis: 0 | 1 | null }
  /** Complex Fourier transform of a line or an image */
  | { readonly kind: "fft"; readonly shape: readonly number[]; readonly dtype: "c64" | "c128" }
  /** Convolution of square images with kernels of 3 x 3, padding 1 */
  | ({ readonly kind: "conv2d" } & Images)
  /** Its gradients for images and kernels, from one for the result */
  | ({ readonly kind: "conv2dGradients" } & Images)
  /** One step of Adam: parameters, two moments and a constant gradient */
  | { readonly kind: "adam"; readonly size: number };

/** Work that is ready to be timed. */
export interface Prepared extends Contender {
  /** Runs it once and reads the result. */
  result(): Promise<ArrayLike<number>>;
  /** Frees what it holds. */
  release(): void;
}

/** Somebody who can do work. */
export interface Peer {
  readonly name: string;
  readonly version: string | null;
  /** Prepares a piece of work; undefined when the peer has no such operation. */
  prepare(work: Work): Promise<Prepared | undefined>;
  /** Ends what the peer started. */
  close(): void;
}

/** The numbers that all contenders work on: `(7919 i mod 10007) / 10007 * 4 - 2 + shift`. */
export function ramp(size: number, shift = 0): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: size }, (_, i) => (((i * 7919) % 10007) / 10007) * 4 - 2 + shift);
}

/** Complex numbers, parts side by side: the ramp, and the ramp with shift 1/2. */
export function complexRamp(size: number): Float32Array<ArrayBuffer> {
  const [re, im] = [ramp(size), ramp(size, 0.5)];
  return Float32Array.from({ length: 2 * size }, (_, i) => (i % 2 === 0 ? re : im)[i >> 1]);
}

/** Adam's constants in the comparison. */
export const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Multiply-adds counted as two operations. */
export function flops(work: Work): number | undefined {
  if (work.kind === "matmul") return 2 * work.n ** 3;
  if (work.kind !== "conv2d" && work.kind !== "conv2dGradients") return undefined;
  const products = work.batch * work.outputs * work.channels * 9 * work.size ** 2;
  return 2 * products * (work.kind === "conv2d" ? 1 : 2);
}
