/**
 * Butterflies: discrete Fourier transforms of 2, 3, 4, 5, 7 and 8 numbers, written once over whatever stands for a real
 * number: a value, a register of a WebAssembly function, a variable of a shader. The order of the operations is part of the
 * definition, so that all of these have the same bits.
 */
import { placesOf, type Radix } from "./factor.ts";
import { rootOfUnity } from "./roots.ts";

/** Arithmetic on what stands for a real number. */
export interface Reals<V> {
  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V): V;
  /** A number as an operand. */
  constant(x: number): V;
}

/** A complex number. */
export interface Complex<V> {
  readonly re: V;
  readonly im: V;
}

function sum<V>(o: Reals<V>, a: Complex<V>, b: Complex<V>): Complex<V> {
  return { re: o.add(a.re, b.re), im: o.add(a.im, b.im) };
}

function difference<V>(o: Reals<V>, a: Complex<V>, b: Complex<V>): Complex<V> {
  return { re: o.sub(a.re, b.re), im: o.sub(a.im, b.im) };
}

/** a - i b. */
function minusI<V>(o: Reals<V>, a: Complex<V>, b: Complex<V>): Complex<V> {
  return { re: o.add(a.re, b.im), im: o.sub(a.im, b.re) };
}

/** a + i b. */
function plusI<V>(o: Reals<V>, a: Complex<V>, b: Complex<V>): Complex<V> {
  return { re: o.sub(a.re, b.im), im: o.add(a.im, b.re) };
}

/** a b. */
export function product<V>(o: Reals<V>, a: Complex<V>, b: Complex<V>): Complex<V> {
  return {
    re: o.sub(o.mul(a.re, b.re), o.mul(a.im, b.im)),
    im: o.add(o.mul(a.re, b.im), o.mul(a.im, b.re)),
  };
}

function four<V>(o: Reals<V>, [x0, x1, x2, x3]: readonly Complex<V>[]): Complex<V>[] {
  const a = sum(o, x0, x2);
  const b = difference(o, x0, x2);
  const c = sum(o, x1, x3);
  const d = difference(o, x1, x3);
  return [sum(o, a, c), minusI(o, b, d), difference(o, a, c), plusI(o, b, d)];
}

function eight<V>(o: Reals<V>, x: readonly Complex<V>[]): Complex<V>[] {
  const even = four(o, [x[0], x[2], x[4], x[6]]);
  const odd = four(o, [x[1], x[3], x[5], x[7]]);
  const half = o.constant(Math.SQRT1_2);
  // Multiplications by e^(-i pi / 4) and e^(-3 i pi / 4) = -i e^(-i pi / 4).
  const turned = ({ re, im }: Complex<V>): Complex<V> => ({
    re: o.mul(o.add(re, im), half),
    im: o.mul(o.sub(im, re), half),
  });
  const first = turned(odd[1]);
  const third = turned(odd[3]);
  return [
    sum(o, even[0], odd[0]),
    sum(o, even[1], first),
    minusI(o, even[2], odd[2]),
    minusI(o, even[3], third),
    difference(o, even[0], odd[0]),
    difference(o, even[1], first),
    plusI(o, even[2], odd[2]),
    plusI(o, even[3], third),
  ];
}

/** Odd primes: sums and differences of the pairs x[j], x[p - j] carry cosines and sines. */
function odd<V>(o: Reals<V>, x: readonly Complex<V>[]): Complex<V>[] {
  const p = x.length;
  const half = (p - 1) / 2;
  const sums = Array.from({ length: half }, (_, j) => sum(o, x[j + 1], x[p - 1 - j]));
  const differences = Array.from({ length: half }, (_, j) => difference(o, x[j + 1], x[p - 1 - j]));
  const y = new Array<Complex<V>>(p);
  y[0] = sums.reduce((a, s) => sum(o, a, s), x[0]);
  for (let k = 1; k <= half; k++) {
    let a = x[0];
    let b: Complex<V> | null = null;
    for (let j = 1; j <= half; j++) {
      const [cos, minusSin] = rootOfUnity(j * k, p);
      const c = o.constant(cos);
      const s = o.constant(-minusSin);
      const { re, im } = sums[j - 1];
      const d = differences[j - 1];
      a = { re: o.add(a.re, o.mul(re, c)), im: o.add(a.im, o.mul(im, c)) };
      const term = { re: o.mul(d.re, s), im: o.mul(d.im, s) };
      b = b === null ? term : sum(o, b, term);
    }
    y[k] = minusI(o, a, b!);
    y[p - k] = plusI(o, a, b!);
  }
  return y;
}

/**
 * `y[k] = sum_j x[j] e^(-2 pi i j k / radix)`, each at its place (see `placesOf`).
 * @param x as many numbers as the radix
 */
export function butterfly<V>(o: Reals<V>, radix: Radix, x: readonly Complex<V>[]): Complex<V>[] {
  const y =
    radix === 2
      ? [sum(o, x[0], x[1]), difference(o, x[0], x[1])]
      : radix === 4
        ? four(o, x)
        : radix === 8
          ? eight(o, x)
          : odd(o, x);
  return placesOf(radix).map((k) => y[k]);
}
