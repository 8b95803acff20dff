/** Definitions of the transforms, summed term by term in compensated arithmetic. */

/** cos and sin of 2 pi k / n, with k reduced in integers first. */
function turn(k: number, n: number): readonly [number, number] {
  const r = ((k % n) + n) % n;
  return [Math.cos((2 * Math.PI * r) / n), Math.sin((2 * Math.PI * r) / n)];
}

/** A sum that keeps what rounding loses (Neumaier). */
function compensated(): { add(x: number): void; value(): number } {
  let [sum, lost] = [0, 0];
  return {
    add(x) {
      const next = sum + x;
      lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
      sum = next;
    },
    value: () => sum + lost,
  };
}

/** `X[k] = sum_j x[j] e^(sign 2 pi i j k / n)` of interleaved parts. */
export function naiveDft(x: ArrayLike<number>, sign: 1 | -1 = -1): Float64Array<ArrayBuffer> {
  const n = x.length / 2;
  const y = new Float64Array(2 * n);
  const turns = Array.from({ length: n }, (_, k) => turn(k, n));
  for (let k = 0; k < n; k++) {
    const [re, im] = [compensated(), compensated()];
    for (let j = 0; j < n; j++) {
      const [c, s] = turns[(j * k) % n];
      re.add(x[2 * j] * c);
      re.add(-sign * x[2 * j + 1] * s);
      im.add(x[2 * j + 1] * c);
      im.add(sign * x[2 * j] * s);
    }
    y[2 * k] = re.value();
    y[2 * k + 1] = im.value();
  }
  return y;
}

/** One frequency of a long transform. */
export function oneFrequency(x: ArrayLike<number>, k: number): readonly [number, number] {
  const n = x.length / 2;
  const [re, im] = [compensated(), compensated()];
  for (let j = 0; j < n; j++) {
    const [c, s] = turn((j * k) % n, n);
    re.add(x[2 * j] * c);
    re.add(x[2 * j + 1] * s);
    im.add(x[2 * j + 1] * c);
    im.add(-x[2 * j] * s);
  }
  return [re.value(), im.value()];
}

/** The cosine and sine transforms as matrices: element (k, j). */
export const TRIGONOMETRIC: Readonly<Record<string, (k: number, j: number, n: number) => number>> = {
  "dct 1": (k, j, n) =>
    j === 0 ? 1 : j === n - 1 ? (-1) ** k : 2 * Math.cos((Math.PI * ((j * k) % (2 * n - 2))) / (n - 1)),
  "dct 2": (k, j, n) => 2 * Math.cos((Math.PI * ((k * (2 * j + 1)) % (4 * n))) / (2 * n)),
  "dct 3": (k, j, n) => (j === 0 ? 1 : 2 * Math.cos((Math.PI * ((j * (2 * k + 1)) % (4 * n))) / (2 * n))),
  "dct 4": (k, j, n) => 2 * Math.cos((Math.PI * (((2 * j + 1) * (2 * k + 1)) % (8 * n))) / (4 * n)),
  "dst 1": (k, j, n) => 2 * Math.sin((Math.PI * (((j + 1) * (k + 1)) % (2 * n + 2))) / (n + 1)),
  "dst 2": (k, j, n) => 2 * Math.sin((Math.PI * (((k + 1) * (2 * j + 1)) % (4 * n))) / (2 * n)),
  "dst 3": (k, j, n) =>
    j === n - 1 ? (-1) ** k : 2 * Math.sin((Math.PI * (((2 * k + 1) * (j + 1)) % (4 * n))) / (2 * n)),
  "dst 4": (k, j, n) => 2 * Math.sin((Math.PI * (((2 * j + 1) * (2 * k + 1)) % (8 * n))) / (4 * n)),
};

/** The largest magnitude. */
export function largest(x: ArrayLike<number>): number {
  return Array.from(x).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
}
