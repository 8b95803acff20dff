/** Shapes in plain arithmetic. */

/** Number of elements. */
export const volume = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Row-major strides. */
export const stridesOf = (shape: readonly number[]): number[] => shape.map((_, d) => volume(shape.slice(d + 1)));
