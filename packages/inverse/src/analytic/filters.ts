/** Ramp filters of filtered back-projection. */
import { mul, pad, slice, tensor, type Tensor } from "@ansatz/tensor";
import { irfft, rfft } from "@ansatz/tensor/fft";
import { checkChoice, checkCount, checkPositive } from "../check.ts";

/** Windows at `nu` cycles per sample, |nu| <= 1/2. */
const WINDOWS: Readonly<Record<string, (nu: number) => number>> = {
  "ram-lak": () => 1,
  "shepp-logan": (nu) => (nu === 0 ? 1 : Math.sin(Math.PI * nu) / (Math.PI * nu)),
  cosine: (nu) => Math.cos(Math.PI * nu),
  hamming: (nu) => 0.54 + 0.46 * Math.cos(2 * Math.PI * nu),
  hann: (nu) => 0.5 + 0.5 * Math.cos(2 * Math.PI * nu),
};

/** Name of a window; see {@link rampResponse}. */
export type RampWindow = "ram-lak" | "shepp-logan" | "cosine" | "hamming" | "hann";

/** What a filter is made for. */
export interface RampOptions {
  /** Number of samples of a row. */
  readonly detectors: number;
  /** Distance of samples: a length, or an angle with `curved`. */
  readonly spacing: number;
  /** `"ram-lak"`, no window, when left out. */
  readonly window?: RampWindow;
  /** Whether samples are at equal angles around the source; false when left out. */
  readonly curved?: boolean;
}

/** Throws unless `window` is one. */
export function checkWindow(name: string, window: unknown): void {
  checkChoice(name, "window", window, Object.keys(WINDOWS));
}

/** Length of the transform: no wrap-around reaches the row. */
export function paddedLength(detectors: number): number {
  return Math.max(64, 2 ** Math.ceil(Math.log2(2 * detectors)));
}

/**
 * Samples `n = 0 ... detectors - 1` of the band-limited ramp: `1 / (4 d^2)` at 0, 0 at even n, and `-1 / (pi n d)^2` at odd n, or
 * `-1 / (pi sin(n d))^2` on a curved detector (Kak and Slaney 1988, equations 61 of chapter 3 and 103).
 */
export function rampKernel({ detectors, spacing, curved = false }: RampOptions): Float64Array {
  return Float64Array.from({ length: detectors }, (_, n) => {
    if (n === 0) return 1 / (4 * spacing * spacing);
    if (n % 2 === 0) return 0;
    return -1 / (Math.PI * (curved ? Math.sin(n * spacing) : n * spacing)) ** 2;
  });
}

/**
 * The response of a ramp filter at the frequencies `0 ... P / 2` of a transform of length P, the least power of two that is at least
 * twice the row and 64: `spacing` times the transform of {@link rampKernel} times the window. Sampling |nu| itself instead would shift
 * all values, since its value at 0 is wrong. Windows at nu cycles per sample: `ram-lak` 1, `shepp-logan` `sin(pi nu) / (pi nu)`,
 * `cosine` `cos(pi nu)`, `hamming` `0.54 + 0.46 cos(2 pi nu)`, `hann` `0.5 + 0.5 cos(2 pi nu)`.
 * @throws ArgumentError for an option outside its range
 */
export function rampResponse(options: RampOptions): Float64Array {
  const name = "rampResponse";
  const { detectors, spacing, window = "ram-lak" } = options;
  checkCount(name, "detectors", detectors);
  checkPositive(name, "spacing", spacing);
  checkWindow(name, window);
  const length = paddedLength(detectors);
  // Equal angles have no samples beyond the row: there the sine comes back to 0.
  const kernel = rampKernel(options.curved === true ? options : { ...options, detectors: length / 2 });
  const cosines = Float64Array.from({ length }, (_, i) => Math.cos((2 * Math.PI * i) / length));
  return Float64Array.from({ length: length / 2 + 1 }, (_, f) => {
    let sum = kernel[0];
    for (let n = 1; n < kernel.length; n++) sum += 2 * kernel[n] * cosines[(f * n) % length];
    return spacing * sum * WINDOWS[window](f / length);
  });
}

/**
 * Rows of a sinogram [..., detectors], filtered by {@link rampResponse}: zero-padded, so that the two ends of a row do not meet.
 * @throws ArgumentError for an option outside its range
 */
export function filterRows(rows: Tensor, options: Omit<RampOptions, "detectors">): Tensor {
  return filterBy(rows, rampResponse({ ...options, detectors: rows.shape.at(-1) as number }));
}

/** Zero-padded rows times a response at the frequencies 0 ... P / 2. */
export function filterBy(rows: Tensor, values: Float64Array): Tensor {
  const detectors = rows.shape.at(-1) as number;
  const length = paddedLength(detectors);
  const response = tensor(values, {
    shape: [length / 2 + 1, 1],
    dtype: rows.dtype as "f32" | "f64",
    device: rows.device,
  });
  const none = rows.shape.slice(0, -1).map(() => [0, 0] as const);
  const padded = pad(rows, [...none, [0, length - detectors]]);
  const filtered = irfft(mul(rfft(padded), response));
  return slice(filtered, [...rows.shape.slice(0, -1).map((n) => [0, n] as const), [0, detectors]]);
}
