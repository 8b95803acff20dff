/** Matrix products of real networks. */
import type { GemmShape } from "./model.ts";

/** Weight matrices of a network, [K, N] each, for any number of rows. */
export interface NetworkShapes {
  readonly name: string;
  readonly layers: readonly (readonly [k: number, n: number])[];
}

/** Linear layers of one block of language models, and convolutions (as products over patches) of a small U-Net. */
export const NETWORK_SHAPES: readonly NetworkShapes[] = [
  {
    name: "OPT-6.7B block",
    layers: [
      [4096, 12288],
      [4096, 4096],
      [4096, 16384],
      [16384, 4096],
    ],
  },
  {
    name: "Llama-2-13B block",
    layers: [
      [5120, 15360],
      [5120, 5120],
      [5120, 27648],
      [13824, 5120],
    ],
  },
  {
    name: "digit U-Net",
    layers: [
      [288, 32],
      [288, 64],
      [576, 64],
      [1152, 64],
      [576, 32],
    ],
  },
];

/** The products of a network for M rows of activations. */
export function gemmsOf({ layers }: NetworkShapes, m: number): GemmShape[] {
  return layers.map(([k, n]) => ({ m, k, n }));
}
