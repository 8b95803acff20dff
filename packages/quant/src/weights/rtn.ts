/** Round to nearest: every weight takes the level next to it. */
import type { GridOptions, Grid, QuantizedWeight, WeightMethod } from "./base.ts";
import { checkGrid, codeOf, fitGrid, weightOf } from "./base.ts";
import type { LinearLayer } from "./layer.ts";
import { checkLayer } from "./layer.ts";

/**
 * Quantises each weight by itself. The baseline of all other methods; does not look at the inputs.
 * @throws ShapeError and ArgumentError for sizes that do not fit, bits outside 2…8, and numbers that are not finite
 */
export function roundToNearest(layer: LinearLayer, options: GridOptions): QuantizedWeight {
  checkLayer("roundToNearest", layer);
  const { columns } = layer;
  const groups = checkGrid("roundToNearest", columns, options);
  const group = columns / groups;
  const weight = Float64Array.from(layer.weight);
  const grids: Grid[] = [];
  const codes = new Uint8Array(weight.length);
  for (let start = 0; start < weight.length; start += group) {
    const grid = fitGrid(weight.subarray(start, start + group), options);
    grids.push(grid);
    for (let i = start; i < start + group; i++) codes[i] = codeOf(weight[i], grid, options.bits);
  }
  return weightOf(
    layer,
    options.bits,
    codes,
    grids,
    Uint32Array.from({ length: columns }, (_, j) => Math.floor(j / group)),
  );
}

/** {@link roundToNearest} as a method. */
export const rtn: WeightMethod = { name: "rtn", quantize: roundToNearest };
