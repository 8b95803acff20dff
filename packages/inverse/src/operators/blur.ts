/** Blur. */
import { ArgumentError, mul, ShapeError, showShape, tensor, type Tensor, asReal, asComplex } from "@ansatz/tensor";
import { irfft2, rfft2 } from "@ansatz/tensor/fft";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { checkChoice, checkCount, checkPositive } from "../check.ts";

/**
 * Periodic blur of images [rows, columns]: the circular convolution with a kernel [m, n] of odd sizes, whose middle stays in place, by Fourier transforms.
 * Cost: two transforms of the image each way.
 * @throws ShapeError unless the image is a matrix at least as large as the kernel, and the kernel's sizes are odd
 */
export function blurOperator(
  shape: readonly [rows: number, columns: number],
  kernel: readonly (readonly number[])[],
  options: { readonly dtype?: "f32" | "f64" } = {},
): LinearOperator {
  const name = "blurOperator";
  const { dtype = "f32" } = options;
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  const [rows, columns] = shape;
  checkCount(name, "rows", rows);
  checkCount(name, "columns", columns);
  const [m, n] = [kernel.length, kernel[0]?.length ?? 0];
  if (m % 2 !== 1 || n % 2 !== 1 || m > rows || n > columns || kernel.some((row) => row.length !== n)) {
    throw new ShapeError(
      `${name}: kernel does not fit (got ${showShape([m, n])}, expected odd sizes, at most ${showShape(shape)}).`,
    );
  }
  if (kernel.flat().some((v) => !Number.isFinite(v))) throw new ArgumentError(`${name}: kernel is not finite.`);
  const wrapped = new Float64Array(rows * columns);
  kernel.forEach((row, i) =>
    row.forEach((v, j) => {
      const [p, q] = [(i - (m - 1) / 2 + rows) % rows, (j - (n - 1) / 2 + columns) % columns];
      wrapped[p * columns + q] += v;
    }),
  );
  // A copy with the axes reversed has the conjugate spectrum.
  const reversed = wrapped.map((_, i) => {
    const [p, q] = [Math.floor(i / columns), i % columns];
    return wrapped[((rows - p) % rows) * columns + ((columns - q) % columns)];
  });
  const along =
    (values: Float64Array) =>
    (x: Tensor): Tensor => {
      const spectrum = rfft2(tensor(values, { shape, dtype, device: x.device }));
      return irfft2(asReal(mul(asComplex(rfft2(x)), asComplex(spectrum))), { length: columns });
    };
  return linearOperator({ name, domain: shape, range: shape, dtype, apply: along(wrapped), adjoint: along(reversed) });
}

/** Weights [2 radius + 1, 2 radius + 1] of a Gaussian of sum 1; the radius is 4 sigma, rounded up. @throws ArgumentError unless sigma is above 0 */
export function gaussianKernel(sigma: number): number[][] {
  checkPositive("gaussianKernel", "sigma", sigma);
  const radius = Math.ceil(4 * sigma);
  const line = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)));
  const total = line.reduce((a, b) => a + b);
  return line.map((a) => line.map((b) => (a * b) / (total * total)));
}
