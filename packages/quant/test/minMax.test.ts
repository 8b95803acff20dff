import { expect, test } from "vitest";
import { key, normal } from "@ansatz/tensor/random";
import { minMaxRow, minMaxViolation, roundToNearest, rowViolation, spannedLevels } from "@ansatz/quant";

const inputs = Float64Array.from(await normal(key(1), [40, 12]).data());
const weight = Float64Array.from(await normal(key(2), [3, 12]).data());

test("the worst output errors are below those of rounding, and the values are levels", async () => {
  const layer = { rows: 3, columns: 12, weight, inputs };
  const q = await minMaxViolation(layer, { bits: 3, key: key(3), iterations: 60 });
  const nearest = roundToNearest(layer, { bits: 3 });
  let [found, plain] = [0, 0];
  for (let r = 0; r < 3; r++) {
    const w = weight.subarray(12 * r, 12 * r + 12);
    const levels = spannedLevels(w, 3);
    const worst = (values: Float64Array): number => {
      let most = 0;
      for (let k = 0; k < 40; k++) {
        let d = 0;
        for (let j = 0; j < 12; j++) d += (values[12 * r + j] - w[j]) * inputs[12 * k + j];
        most = Math.max(most, Math.abs(d));
      }
      return most;
    };
    found += worst(q.values);
    plain += worst(nearest.values);
    for (let j = 0; j < 12; j++) expect(q.values[12 * r + j]).toBeCloseTo(levels[q.codes[12 * r + j]], 12);
  }
  expect(found).toBeLessThan(0.8 * plain);
});

test("the guard keeps the squares at those of GPTQ, the start", async () => {
  const w = weight.subarray(0, 12);
  const { squares, worst, search, codes } = await minMaxRow(w, inputs, { bits: 2, guard: true, iterations: 60 });
  expect(squares).toBeLessThanOrEqual(search.started.squares * (1 + 1e-9));
  expect(worst).toBeLessThanOrEqual(search.started.objective * (1 + 1e-9));
  expect(rowViolation(w, inputs, spannedLevels(w, 2), codes)).toEqual({ worst, squares });
});

test("bad input is named", async () => {
  await expect(minMaxRow([1, NaN], [1, 2], { bits: 3 })).rejects.toThrow("weight has a number that is not finite");
  await expect(minMaxViolation({ rows: 1, columns: 1, weight: [1], inputs: [1] }, { bits: 1 })).rejects.toThrow(
    "bits is out of range (got 1",
  );
});
