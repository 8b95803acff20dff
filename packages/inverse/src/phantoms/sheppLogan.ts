/** The Shepp-Logan head phantom. */
import { checkChoice } from "../check.ts";
import type { Ellipse } from "./ellipses.ts";

/** Half axes, centre and rotation; then the value in the original and in the modified phantom. */
const TABLE: readonly (readonly number[])[] = [
  [0.69, 0.92, 0, 0, 0, 2, 1],
  [0.6624, 0.874, 0, -0.0184, 0, -0.98, -0.8],
  [0.11, 0.31, 0.22, 0, -18, -0.02, -0.2],
  [0.16, 0.41, -0.22, 0, 18, -0.02, -0.2],
  [0.21, 0.25, 0, 0.35, 0, 0.01, 0.1],
  [0.046, 0.046, 0, 0.1, 0, 0.01, 0.1],
  [0.046, 0.046, 0, -0.1, 0, 0.01, 0.1],
  [0.046, 0.023, -0.08, -0.605, 0, 0.01, 0.1],
  [0.023, 0.023, 0, -0.606, 0, 0.01, 0.1],
  [0.023, 0.046, 0.06, -0.605, 0, 0.01, 0.1],
];

/**
 * The ellipses of the head phantom in the square [-1, 1] x [-1, 1]: `modified` with the contrast of Toft (1996), which can be seen, and
 * `original` with that of Shepp and Logan (1974), whose soft tissue differs by 1 %.
 * @throws ArgumentError for another contrast
 */
export function sheppLogan(contrast: "modified" | "original" = "modified"): Ellipse[] {
  checkChoice("sheppLogan", "contrast", contrast, ["modified", "original"]);
  return TABLE.map(([a, b, x, y, degrees, original, modified]) => {
    return { value: contrast === "modified" ? modified : original, a, b, x, y, degrees };
  });
}
