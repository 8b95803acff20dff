/** A cloud of points as one small picture. */
import { raw, type Html } from "./html.ts";

/** Side of the drawing in its own units. */
const SIDE = 200;

/**
 * Points of the plane, [x, y] in rows, as an SVG of one path.
 * @param limit the square from -limit to limit is shown; points outside are drawn at its border
 */
export function cloud(points: ArrayLike<number>, limit: number, color: string, label: string): Html {
  const place = (value: number): string => {
    const inside = Math.max(-1, Math.min(1, value / limit));
    return (((inside + 1) / 2) * SIDE).toFixed(1).replace(/\.0$/, "");
  };
  let path = "";
  for (let i = 0; i + 1 < points.length; i += 2) path += `M${place(points[i])} ${place(-points[i + 1])}h0`;
  return raw(
    `<svg class="cloud" viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="${label}">` +
      `<path d="${path}" fill="none" stroke="${color}" stroke-width="3" stroke-linecap="round" stroke-opacity=".55"/></svg>`,
  );
}
