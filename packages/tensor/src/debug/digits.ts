/** Decimal digits of floats: the fewest that name a number, but no more than asked for. */

import { halfToNumber, numberToHalf } from "../io/half.ts";

/** Parts of a number as text: `int` with its sign, the fraction's digits, and the exponent where there is one. */
export interface Digits {
  readonly int: string;
  readonly fraction: string;
  /** With its sign, e.g. `-05`; empty in positional notation. */
  readonly exponent: string;
}

/** Among which numbers one has to be named. */
export type Precision = "f16" | "f32" | "f64";

const NEAREST = { f16: (x: number) => halfToNumber(numberToHalf(x)), f32: Math.fround };

/** The shortest text in scientific notation that reads back as `x` among the numbers of a type. `x` >= 0, finite. */
function shortest(x: number, type: Precision): string {
  if (type === "f64") return x.toExponential();
  for (let digits = 0; digits < 9; digits++) {
    const text = x.toExponential(digits);
    if (NEAREST[type](Number(text)) === x) return text;
  }
  return x.toExponential(9);
}

/** Whether the decimal digits of `text` end with the 5 after which nothing follows, so that rounding is a tie. */
function isTie(exact: string, kept: number): boolean {
  return /^50*$/.test(exact.slice(exact.indexOf(".") + 1 + kept));
}

/** `x` with `places` digits after the point; of two that are equally close, the even one. */
function rounded(x: number, places: number, write: (x: number, places: number) => string): string {
  const up = write(x, places);
  const [mantissa, exponent] = up.split("e");
  const last = mantissa.at(-1) as string;
  if (Number(last) % 2 === 0) return up;
  const exact = write(x, 100).split("e")[0];
  if (!isTie(exact, places)) return up;
  const even = mantissa.slice(0, -1) + String(Number(last) - 1);
  return exponent === undefined ? even : `${even}e${exponent}`;
}

function signed(x: number, plus: boolean): string {
  if (x < 0 || Object.is(x, -0)) return "-";
  return plus ? "+" : "";
}

/** Without the zeros at its end. */
const trimmed = (fraction: string): string => fraction.replace(/0+$/, "");

/** Positional notation with at most `precision` digits after the point. |x| < 1e21. */
export function positional(x: number, precision: number, type: Precision, plus: boolean): Digits {
  const size = Math.abs(x);
  const [mantissa, power] = shortest(size, type).split("e");
  const needed = Math.max(0, (mantissa.split(".")[1] ?? "").length - Number(power));
  const text =
    needed <= precision
      ? Number(`${mantissa}e${power}`).toFixed(needed)
      : rounded(size, precision, (y, places) => y.toFixed(places));
  const [int, fraction = ""] = text.split(".");
  return { int: signed(x, plus) + int, fraction: trimmed(fraction), exponent: "" };
}

/** Takes scientific notation apart. */
function partsOf(text: string, sign: string): Digits {
  const [mantissa, power] = text.split("e");
  const [int, fraction = ""] = mantissa.split(".");
  return { int: sign + int, fraction, exponent: power[0] + power.slice(1).padStart(2, "0") };
}

/** Scientific notation with at most `precision` digits after the point. */
export function scientific(x: number, precision: number, type: Precision, plus: boolean): Digits {
  const text = shortest(Math.abs(x), type);
  const parts = partsOf(text, signed(x, plus));
  if (parts.fraction.length <= precision) return parts;
  const cut = scientificTo(x, precision, plus);
  return { ...cut, fraction: trimmed(cut.fraction) };
}

/** Scientific notation with `places` digits after the point, those of the number's exact value. */
export function scientificTo(x: number, places: number, plus: boolean): Digits {
  return partsOf(
    rounded(Math.abs(x), places, (y, digits) => y.toExponential(digits)),
    signed(x, plus),
  );
}
