/** Error and gamma functions to about 100 bits: power series, continued fraction, Newton steps, Stirling's series. */
import { add, dd, div, mul, neg, ONE, PI, scale, sqrt, sub, times, ZERO, type DD } from "./doubleDouble.ts";
import { expOf, logOf, logOfNumber, plain, sinCosSmall, type Reference } from "./referenceElementary.ts";

const SQRT_PI: DD = sqrt(PI);
const TWO_OVER_SQRT_PI: DD = div(dd(2), SQRT_PI);

/** exp(-a^2) */
function gauss(a: DD): Reference {
  return expOf(neg(mul(a, a)));
}

/** erf(a) for 0 <= a < 6: 2/sqrt(pi) exp(-a^2) times the sum of 2^n a^(2n+1) / (2n+1)!!, all terms positive. */
function erfSeries(a: DD): DD {
  const twice = scale(mul(a, a), 2);
  let term = a;
  let sum = a;
  for (let n = 1; n < 400; n++) {
    term = div(mul(term, twice), dd(2 * n + 1));
    sum = add(sum, term);
    if (term[0] < 1e-34 * sum[0]) break;
  }
  const g = gauss(a);
  return scale(mul(mul(sum, TWO_OVER_SQRT_PI), g.value), 2 ** g.exponent);
}

/** erfc(a) for a >= 2 by Laplace's continued fraction. */
function erfcFraction(a: DD): Reference {
  const terms = Math.ceil(500 / (a[0] * a[0])) + 20;
  let tail = a;
  for (let k = terms; k >= 1; k--) tail = add(a, div(dd(k / 2), tail));
  const g = gauss(a);
  return { value: div(g.value, mul(SQRT_PI, tail)), exponent: g.exponent };
}

export function erfOf(a: DD): DD {
  if (a[0] < 0) return neg(erfOf(neg(a)));
  if (a[0] > 9) return ONE;
  if (a[0] < 3) return erfSeries(a);
  const c = erfcFraction(a);
  return sub(ONE, scale(c.value, 2 ** c.exponent));
}

export function erfcOf(a: DD): Reference {
  return a[0] < 2 ? plain(sub(ONE, erfOf(a))) : erfcFraction(a);
}

/** Newton's iteration on erf in the middle and on erfc in the tails. */
function erfinvOf(x: number): DD {
  const a = Math.abs(x);
  if (a === 1) return [x * Infinity, 0];
  const c = sub(ONE, dd(a));
  // S. Winitzki's approximation (2008) to start with.
  const l = Math.log(c[0] * (1 + a));
  const m = 4.33 + l / 2;
  let y = dd(Math.sqrt(Math.sqrt(m * m - l / 0.147) - m));
  for (let i = 0; i < 8; i++) {
    let rest: DD;
    if (a < 0.7) rest = sub(erfOf(y), dd(a));
    else {
      const e = erfcOf(y);
      rest = sub(c, scale(e.value, 2 ** e.exponent));
    }
    const g = gauss(y);
    const step = div(rest, scale(mul(TWO_OVER_SQRT_PI, g.value), 2 ** g.exponent));
    // Halley's correction: the second derivative of erf is -2 y times the first.
    const halley = div(step, add(ONE, mul(y, step)));
    y = sub(y, halley);
    if (Math.abs(halley[0]) < 1e-25 * y[0]) break;
  }
  return x < 0 ? neg(y) : y;
}

/** Numerators and denominators of the Bernoulli numbers B_2, B_4, ... */
const BERNOULLI: readonly (readonly [number, number])[] = [
  [1, 6], [-1, 30], [1, 42], [-1, 30], [5, 66], [-691, 2730], [7, 6], [-3617, 510], [43867, 798], [-174611, 330],
  [854513, 138], [-236364091, 2730], [8553103, 6], [-23749461029, 870], [8615841276005, 14322],
]; // prettier-ignore

const START = 36;

function lgammaRight(x: DD): DD {
  let product = ONE;
  let z = x;
  while (z[0] < START) {
    product = mul(product, z);
    z = add(z, ONE);
  }
  const inverse = div(ONE, z);
  const square = mul(inverse, inverse);
  let power = inverse;
  let sum = ZERO;
  BERNOULLI.forEach(([n, d], i) => {
    const k = 2 * (i + 1);
    sum = add(sum, mul(div(dd(n), times(dd(d), k * (k - 1))), power));
    power = mul(power, square);
  });
  const halfLog = scale(logOf(scale(PI, 2)), 0.5);
  const log = logOf(z);
  const main = add(sub(mul(sub(z, dd(0.5)), log), z), add(halfLog, sum));
  return product === ONE ? main : sub(main, logOf(product));
}

function digammaRight(x: DD): DD {
  let shift = ZERO;
  let z = x;
  while (z[0] < START) {
    shift = add(shift, div(ONE, z));
    z = add(z, ONE);
  }
  const inverse = div(ONE, z);
  const square = mul(inverse, inverse);
  let power = square;
  let sum = scale(inverse, 0.5);
  BERNOULLI.forEach(([n, d], i) => {
    sum = add(sum, mul(div(dd(n), times(dd(d), 2 * (i + 1))), power));
    power = mul(power, square);
  });
  return sub(sub(logOf(z), sum), shift);
}

/** Sine and cosine of pi x. */
function sinCosPi(x: number): { readonly sin: DD; readonly cos: DD } {
  const n = Math.round(x);
  const { sin, cos } = sinCosSmall(times(PI, x - n));
  return n % 2 === 0 ? { sin, cos } : { sin: neg(sin), cos: neg(cos) };
}

const oneMinus = (x: number): DD => sub(ONE, dd(x));

function lgammaOf(x: number): DD {
  if (x === 1 || x === 2) return ZERO;
  if (x >= 0.5) return lgammaRight(dd(x));
  const { sin } = sinCosPi(x);
  const sine = sin[0] < 0 ? neg(sin) : sin;
  return sub(logOf(div(PI, sine)), lgammaRight(oneMinus(x)));
}

function digammaOf(x: number): DD {
  if (x >= 0.5) return digammaRight(dd(x));
  const { sin, cos } = sinCosPi(x);
  return sub(digammaRight(oneMinus(x)), div(mul(PI, cos), sin));
}

/** References by name; arguments as in `referenceElementary.ts`. */
export const SPECIAL: Record<string, (x: number) => Reference> = {
  erf: (x) =>
    Math.abs(x) < 1e-100 ? { value: times(TWO_OVER_SQRT_PI, x * 2 ** 600), exponent: -600 } : plain(erfOf(dd(x))),
  erfc: (x) => erfcOf(dd(x)),
  erfinv: (x) =>
    Math.abs(x) < 1e-30 ? { value: times(scale(SQRT_PI, 0.5), x * 2 ** 600), exponent: -600 } : plain(erfinvOf(x)),
  lgamma: (x) => {
    if (Math.abs(x) < 1e-100) return plain(neg(logOfNumber(Math.abs(x))));
    if (x < 1e40) return plain(lgammaOf(x));
    return { value: times(sub(logOfNumber(x), ONE), x * 2 ** -600), exponent: 600 };
  },
  digamma: (x) => {
    if (Math.abs(x) < 1e-100) return { value: div(dd(-1), dd(x * 2 ** 600)), exponent: 600 };
    return plain(x < 1e40 ? digammaOf(x) : logOfNumber(x));
  },
};
