/** Images as pixels of a screen. */
import { ShapeError, showShape, type Tensor } from "@ansatz/tensor";
import { checkChoice, checkFinite } from "../check.ts";

/** Colours at equal distances from the least value to the largest; between them, linear interpolation. */
const MAPS: Readonly<Record<string, readonly (readonly [number, number, number])[]>> = {
  grey: [
    [0, 0, 0],
    [255, 255, 255],
  ],
  heat: [
    [0, 0, 0],
    [160, 20, 10],
    [250, 150, 20],
    [255, 255, 220],
  ],
  signed: [
    [30, 60, 160],
    [255, 255, 255],
    [170, 20, 30],
  ],
};

/** Name of a colour map: `grey`, `heat` for magnitudes, `signed` for errors around 0. */
export type ColorMap = "grey" | "heat" | "signed";

/** Options of {@link toPixels}. */
export interface PixelOptions {
  /** `"grey"` when left out. */
  readonly map?: ColorMap;
  /** Value of the first colour; the least of the image when left out. */
  readonly low?: number;
  /** Value of the last colour; the largest of the image when left out. */
  readonly high?: number;
}

/** Pixels as `new ImageData(data, width, height)` takes them. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and opacity of every pixel, row by row. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * A real image [rows, columns] as pixels; values beyond low and high get the colour of the nearer one, NaN is transparent.
 * @throws ShapeError unless it is a matrix, ArgumentError for an option outside its range
 */
export async function toPixels(image: Tensor, options: PixelOptions = {}): Promise<Pixels> {
  const name = "toPixels";
  const { map = "grey" } = options;
  checkChoice(name, "map", map, Object.keys(MAPS));
  if (image.ndim !== 2) throw new ShapeError(`${name}: image is no matrix (got shape ${showShape(image.shape)}).`);
  const values = Array.from((await image.data()) as ArrayLike<number>, Number);
  const finite = values.filter(Number.isFinite);
  const extreme = (pick: (a: number, b: number) => number): number =>
    finite.length === 0 ? 0 : finite.reduce((a, b) => pick(a, b));
  const { low = extreme(Math.min), high = extreme(Math.max) } = options;
  checkFinite(name, "low", low);
  checkFinite(name, "high", high);
  const [height, width] = image.shape;
  const colours = MAPS[map];
  const data = new Uint8ClampedArray(4 * values.length);
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const share = high > low ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 0;
    const at = share * (colours.length - 1);
    const before = Math.min(Math.floor(at), colours.length - 2);
    const part = at - before;
    for (let c = 0; c < 3; c++) {
      data[4 * i + c] = Math.round((1 - part) * colours[before][c] + part * colours[before + 1][c]);
    }
    data[4 * i + 3] = 255;
  });
  return { width, height, data };
}
