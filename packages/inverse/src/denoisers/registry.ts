/** Every denoiser that needs no training. A new one is one file and one line here. */
import type { Denoiser } from "./base.ts";
import { bm3d } from "./bm3d.ts";
import { tvDenoiser, waveletDenoiser } from "./classical.ts";
import { nonLocalMeans } from "./nonLocalMeans.ts";

/** One line of {@link denoisers}. */
export interface DenoiserEntry {
  readonly name: string;
  /** The factory that makes it, as exported. */
  readonly factory: string;
  /** The denoiser with usual settings. */
  create(): Denoiser;
}

/** The denoisers. */
export const denoisers: readonly DenoiserEntry[] = [
  { name: "total variation", factory: "tvDenoiser", create: () => tvDenoiser() },
  { name: "wavelet", factory: "waveletDenoiser", create: () => waveletDenoiser() },
  { name: "wavelet db2", factory: "waveletDenoiser", create: () => waveletDenoiser({ wavelet: "db2" }) },
  { name: "bm3d", factory: "bm3d", create: () => bm3d() },
  { name: "non-local means", factory: "nonLocalMeans", create: () => nonLocalMeans() },
];
