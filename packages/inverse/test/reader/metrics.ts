/** Metrics of pairs of images. */
import { expectClose, knownKeys, unknownSections, type GoldenCase } from "@ansatz/golden";
import { meanSquaredError, psnr, relativeError, ssim, type SsimOptions } from "@ansatz/inverse";
import { f64, HEAD } from "./common.ts";

/** The options of a window in the file. */
function windowOf(w: any): SsimOptions {
  knownKeys("ssim", w, ["window", "win_size", "sample_covariance", "sigma", "value"]);
  const { window, win_size: size, sample_covariance: sampleCovariance, sigma = 1.5 } = w;
  return { window, size, sampleCovariance, sigma };
}

export function metrics(file: any): readonly GoldenCase[] {
  const cases = file.cases.flatMap((c: any): GoldenCase[] => {
    knownKeys(c.name, c, ["name", "data_range", "a", "b", "mse", "psnr", "nrmse_euclidean", "ssim", "ssim_identical"]);
    const [reference, image] = [f64(c.a), f64(c.b)];
    const range = c.data_range;
    const one = (kind: string, expected: number, get: () => Promise<number>): GoldenCase => ({
      name: `${c.name} ${kind}`,
      kind,
      run: async () => expectClose(kind, [await get()], [expected], (e) => file.tolerance * Math.max(1, Math.abs(e))),
    });
    return [
      one("mse", c.mse, () => meanSquaredError(image, reference)),
      one("psnr", c.psnr, () => psnr(image, reference, { range })),
      one("nrmse_euclidean", c.nrmse_euclidean, () => relativeError(image, reference)),
      one("ssim_identical", c.ssim_identical, () => ssim(reference, reference, { range })),
      ...c.ssim.map((w: any) =>
        one(`ssim ${w.window} ${w.win_size} ${w.sample_covariance}`, w.value, () =>
          ssim(image, reference, { range, ...windowOf(w) }),
        ),
      ),
    ];
  });
  return [...cases, ...unknownSections(file, [...HEAD, "cases"])];
}
