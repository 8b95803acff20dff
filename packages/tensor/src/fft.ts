/**
 * Fourier, cosine and sine transforms of any length along any axes. Complex numbers are pairs along a last axis of size 2, real
 * part first; axes are counted without it.
 */
export { fft, fft2, fftBitReversed, fftn, ifft, ifft2, ifftBitReversed, ifftn } from "./fft/complex.ts";
export { dct, dst, idct, idst, type CosineOptions, type CosineType } from "./fft/cosine.ts";
export { fftfreq, fftshift, ifftshift, rfftfreq } from "./fft/frequencies.ts";
export type { FftNorm, FftnOptions, FftOptions } from "./fft/options.ts";
export { irfft, irfft2, irfftn, rfft, rfft2, rfftn, type IrfftnOptions, type IrfftOptions } from "./fft/real.ts";
