import { array, assert, integer, property, record } from "fast-check";
import { expect, it } from "vitest";
import { gatherStrided } from "../../src/io/strided.ts";

it("puts every element of any view in C order", () => {
  const axis = record({ size: integer({ min: 0, max: 4 }), stride: integer({ min: -9, max: 9 }) });
  assert(
    property(array(axis, { maxLength: 4 }), (axes) => {
      const shape = axes.map((a) => a.size);
      const strides = axes.map((a) => a.stride);
      const source = Float64Array.from({ length: 400 }, (_, i) => i);
      const total = shape.reduce((a, b) => a * b, 1);
      const expected: number[] = [];
      for (let n = 0; n < total; n++) {
        let rest = n;
        let at = 200;
        for (let d = shape.length - 1; d >= 0; d--) {
          at += (rest % shape[d]) * strides[d];
          rest = Math.floor(rest / shape[d]);
        }
        expected.push(at);
      }
      const target = new Float64Array(total);
      gatherStrided(source, shape, strides, 200, target);
      expect(Array.from(target)).toEqual(expected);
    }),
  );
});
