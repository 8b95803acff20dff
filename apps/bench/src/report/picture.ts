/** Grey pictures as PNG within the page. */
import { encode } from "fast-png";
import { markup, type Html } from "./html.ts";

/** Pictures of equal size in rows and columns, with a gap between them. */
export interface PictureGrid {
  /** Values in [-1, 1], picture by picture in C order; values outside are drawn as the nearest inside. */
  readonly values: ArrayLike<number>;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly columns: number;
  readonly gap?: number;
}

/** The grid as the bytes of an 8-bit grey PNG. */
export function pictureGrid({ values, count, height, width, columns, gap = 2 }: PictureGrid): Uint8Array {
  const rows = Math.ceil(count / columns);
  const fullWidth = columns * (width + gap) - gap;
  const fullHeight = rows * (height + gap) - gap;
  const data = new Uint8Array(fullWidth * fullHeight);
  for (let n = 0; n < count; n++) {
    const top = Math.floor(n / columns) * (height + gap);
    const left = (n % columns) * (width + gap);
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const value = values[(n * height + i) * width + j];
        const grey = Math.round((Math.max(-1, Math.min(1, value)) + 1) * 127.5);
        data[(top + i) * fullWidth + left + j] = grey;
      }
    }
  }
  return encode({ width: fullWidth, height: fullHeight, data, channels: 1, depth: 8 });
}

/** A PNG within the page; `pixels` keep their colours in the dark and their edges when they grow. */
export function inlinePng(png: Uint8Array, alt: string, kind: "digits" | "pixels" = "digits"): Html {
  return markup`<img class="${kind}" alt="${alt}" src="data:image/png;base64,${Buffer.from(png).toString("base64")}">`;
}
