/** How the elements of one tensor are written so that they stand in columns. */
import { dtypeInfo, realOf, type DType } from "../dtype.ts";
import { halfToNumber } from "../io/half.ts";
import { positional, scientific, scientificTo, type Precision } from "./digits.ts";

/** Writes one number; all texts of one column are equally long. */
type Column = (x: number) => string;

/** From this size on numbers are written in scientific notation. */
const LARGE = { f16: 1e3, f32: 1e6, f64: 1e8 };
const SMALL = 1e-4;
const SPREAD = 1000;

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, text.length), 0);
}

function integers(values: readonly number[]): Column {
  const width = longest(values.map(String));
  return (x) => String(x).padStart(width);
}

/** Whether a column needs scientific notation: by its largest and smallest size, zeros left out. */
function isWide(finite: readonly number[], large: number): boolean {
  let most = 0;
  let least = Infinity;
  for (const x of finite) {
    const size = Math.abs(x);
    if (size === 0) continue;
    most = Math.max(most, size);
    least = Math.min(least, size);
  }
  return most > 0 && (most >= large || least < SMALL || most / least > SPREAD);
}

function special(x: number, plus: boolean): string {
  if (Number.isNaN(x)) return plus ? "+nan" : "nan";
  if (x < 0) return "-inf";
  return plus ? "+inf" : "inf";
}

function floats(values: readonly number[], type: Precision, precision: number, plus: boolean): Column {
  const finite = values.filter((x) => Number.isFinite(x));
  const wide = isWide(finite, LARGE[type]);
  const write = wide ? scientific : positional;
  const parts = finite.map((x) => write(x, precision, type, plus));
  const fraction = longest(parts.map((p) => p.fraction));
  const exponent = longest(parts.map((p) => p.exponent));
  const right = fraction + (exponent > 0 ? exponent + 1 : 0);
  const specials = values.filter((x) => !Number.isFinite(x)).map((x) => special(x, plus));
  const left = Math.max(longest(parts.map((p) => p.int)), longest(specials) - right - 1);
  return (x) => {
    if (!Number.isFinite(x)) return special(x, plus).padStart(left + right + 1);
    if (!wide) {
      const p = positional(x, precision, type, plus);
      return `${p.int.padStart(left)}.${p.fraction.padEnd(fraction)}`;
    }
    // Numbers with fewer digits are filled up with those of their exact values.
    const p = scientificTo(x, fraction, plus);
    const power = p.exponent[0] + p.exponent.slice(1).padStart(exponent - 1, "0");
    return `${p.int.padStart(left)}.${p.fraction}e${power}`;
  };
}

/**
 * Writes the elements of a tensor.
 * @param data the tensor's values, complex numbers as pairs
 * @param shown positions of the elements that are going to be written
 */
export function columnOf(
  dtype: DType,
  rank: number,
  data: { readonly [index: number]: number },
  shown: readonly number[],
  precision: number,
): (position: number) => string {
  const { kind } = dtypeInfo(dtype);
  const type = dtype === "f16" ? dtype : (realOf(dtype) as Precision);
  if (kind === "bool") {
    const yes = rank === 0 ? "True" : " True";
    return (i) => (data[i] === 0 ? "False" : yes);
  }
  if (kind === "complex") {
    const re = floats(
      shown.map((i) => data[2 * i]),
      type,
      precision,
      false,
    );
    const im = floats(
      shown.map((i) => data[2 * i + 1]),
      type,
      precision,
      true,
    );
    return (i) => {
      const tail = im(data[2 * i + 1]);
      const number = tail.trimEnd();
      return `${re(data[2 * i])}${number}j${" ".repeat(tail.length - number.length)}`;
    };
  }
  const valueOf = (i: number): number => (dtype === "f16" ? halfToNumber(data[i]) : data[i]);
  const values = shown.map(valueOf);
  const column = kind === "int" ? integers(values) : floats(values, type, precision, false);
  return (i) => column(valueOf(i));
}
