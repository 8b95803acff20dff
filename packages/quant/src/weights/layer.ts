/** A linear layer y = W x with calibration inputs, and the quadratic form that measures a change of its weights. */
import { ShapeError } from "@ansatz/tensor";
import { checkFinite, checkInteger, checkLength } from "../check.ts";
import type { Numbers } from "../check.ts";

/** A weight matrix [rows, columns] and inputs [samples, columns], both row-major. */
export interface LinearLayer {
  readonly rows: number;
  readonly columns: number;
  readonly weight: Numbers;
  readonly inputs: Numbers;
}

/** Number of calibration inputs of a layer. Throws for sizes that do not fit and numbers that are not finite. */
export function checkLayer(name: string, layer: LinearLayer): number {
  checkInteger(name, "rows", layer.rows, 1);
  checkInteger(name, "columns", layer.columns, 1);
  checkLength(name, "weight", layer.weight, layer.rows * layer.columns);
  checkFinite(name, "weight", layer.weight);
  checkFinite(name, "inputs", layer.inputs);
  const samples = layer.inputs.length / layer.columns;
  if (!(Number.isInteger(samples) && samples > 0)) {
    throw new ShapeError(
      `${name}: inputs are no whole number of rows (got ${layer.inputs.length} numbers, expected a positive multiple of ${layer.columns}).`,
    );
  }
  return samples;
}

/** XᵀX of inputs [samples, columns], as rows. Cost samples·columns². */
export function gramOf(inputs: Numbers, columns: number): Float64Array[] {
  const samples = inputs.length / columns;
  const gram = Array.from({ length: columns }, () => new Float64Array(columns));
  for (let k = 0; k < samples; k++) {
    const base = k * columns;
    for (let i = 0; i < columns; i++) {
      const xi = inputs[base + i];
      if (xi === 0) continue;
      const row = gram[i];
      for (let j = i; j < columns; j++) row[j] += xi * inputs[base + j];
    }
  }
  for (let i = 0; i < columns; i++) for (let j = 0; j < i; j++) gram[i][j] = gram[j][i];
  return gram;
}

/**
 * ‖(Q − W)Xᵀ‖² summed over rows and samples: the squared change of the layer's outputs.
 * @throws ShapeError for arrays that do not fit the layer or values of another length
 */
export function outputError(layer: LinearLayer, values: Numbers): number {
  const samples = checkLayer("outputError", layer);
  checkLength("outputError", "values", values, layer.rows * layer.columns);
  const { rows, columns, weight, inputs } = layer;
  let sum = 0;
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < samples; k++) {
      let change = 0;
      for (let j = 0; j < columns; j++) {
        change += (values[r * columns + j] - weight[r * columns + j]) * inputs[k * columns + j];
      }
      sum += change * change;
    }
  }
  return sum;
}
