import { describe, expect, test } from "vitest";
import { rootOfUnity } from "../../src/fft/roots.ts";
import { add, mul, sub, type DD } from "../math/doubleDouble.ts";

/** pi in two doubles. */
const PI: DD = [Math.PI, 1.2246467991473532e-16];

/** e^(-2 pi i k / n) in two doubles each, from the series of the angle. */
function exact(k: number, n: number): { readonly re: DD; readonly im: DD } {
  const fraction: DD = [k / n, 0];
  // k / n in two doubles: the remainder of the division over n.
  const rest = sub([k, 0], mul(fraction, [n, 0]));
  const angle = mul(mul([2, 0], PI), add(fraction, [rest[0] / n, 0]));
  const square = mul(angle, angle);
  let term: DD = [1, 0];
  let [re, im]: [DD, DD] = [
    [0, 0],
    [0, 0],
  ];
  for (let i = 0; i < 60; i += 2) {
    const sign = i % 4 === 0 ? 1 : -1;
    re = add(re, mul([sign, 0], term));
    const odd = divide(mul(term, angle), i + 1);
    im = sub(im, mul([sign, 0], odd));
    term = divide(mul(term, square), (i + 1) * (i + 2));
  }
  return { re, im };
}

function divide(x: DD, n: number): DD {
  const first = x[0] / n;
  const rest = sub(x, mul([first, 0], [n, 0]));
  return add([first, 0], [rest[0] / n, 0]);
}

function ulp(x: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(x))) - 52);
}

describe("roots of unity", () => {
  test("are within 0.65 ulp", () => {
    let worst = 0;
    for (const n of [3, 7, 12, 97, 360, 1009, 4096, 99991]) {
      for (let i = 0; i < 40; i++) {
        // Up to half a turn, where the series of the reference is still exact enough.
        const k = Math.floor((n * i) / 80);
        const want = exact(k, n);
        const [re, im] = rootOfUnity(k, n);
        for (const [got, value] of [
          [re, want.re],
          [im, want.im],
        ] as const) {
          if (Math.abs(value[0]) < 1e-20) expect(Math.abs(got)).toBeLessThan(1e-20);
          else worst = Math.max(worst, Math.abs(sub([got, 0], value)[0]) / ulp(value[0]));
        }
      }
    }
    expect(worst).toBeLessThan(0.65);
    expect(worst).toBeGreaterThan(0.3);
  });

  test("are exact where they can be, periodic and symmetric", () => {
    const plain = (k: number, n: number): number[] => rootOfUnity(k, n).map((x) => x + 0);
    expect([plain(0, 5), plain(1, 4), plain(3, 6), plain(3, 4)]).toEqual([[1, 0], [0, -1], [-1, 0], [0, 1]]); // prettier-ignore
    expect(rootOfUnity(-1, 4)).toEqual(rootOfUnity(3, 4));
    expect(rootOfUnity(1, 12)[1]).toBeCloseTo(-0.5, 15);
    for (let k = 1; k < 40; k++) {
      const [re, im] = plain(k, 40);
      expect(plain(40 - k, 40)).toEqual([re, 0 - im]);
      expect(plain(k + 20, 40)).toEqual([0 - re, 0 - im]);
    }
  });
});
