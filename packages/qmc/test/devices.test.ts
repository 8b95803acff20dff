/** Kernels give the same integers on every device, whatever the range and the number of threads. */
import { halton, lattice, sobol, type Sequence } from "@ansatz/qmc";
import { configure } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { afterEach, describe, expect, test } from "vitest";
import { testDevices } from "./support/devices.ts";

const devices = await testDevices();
const k = key(3);
const { threads } = configure({});
afterEach(() => void configure({ threads }));

const sequences: Record<string, (dtype: "f32" | "f64") => Sequence> = {
  "sobol lms-ds": (dtype) => sobol({ dimension: 5, key: k, dtype, replications: 2 }),
  "sobol nus": (dtype) => sobol({ dimension: 5, key: k, dtype, scramble: "nus" }),
  "sobol centre gray": (dtype) => sobol({ dimension: 1, key: k, dtype, order: "gray", cell: "centre" }),
  "halton dp": (dtype) => halton({ dimension: 14, key: k, dtype }),
};

describe.each(Object.entries(sequences))("%s", (_, make) => {
  test.each(devices)("singles on %s", async (device) => {
    const sequence = make("f32");
    for (const [first, end] of [
      [0, 2500],
      [1000, 1100],
      [3, 4],
    ]) {
      using points = sequence.range(first, end, { device });
      expect(points.device).toBe(device);
      expect(await points.data()).toEqual(sequence.array(first, end));
    }
  });

  test("threads", () => {
    const sequence = make("f64");
    configure({ threads: 1 });
    const one = sequence.array(5, 70_000);
    configure({ threads: 2 });
    expect(sequence.array(5, 70_000)).toEqual(one);
  });
});

test.each(devices)("lattices on %s", async (device) => {
  for (const options of [{}, { order: "gray" }, { order: "linear", size: 1500 }] as const) {
    const doubles = lattice({ dimension: 3, key: k, ...options }).array(7, 1500);
    using points = lattice({ dimension: 3, key: k, dtype: "f32", ...options }).range(7, 1500, { device });
    const singles = await points.data();
    singles.forEach((x, i) => {
      const gap = Math.abs(Number(x) - doubles[i]);
      expect(Math.min(gap, 1 - gap)).toBeLessThan(2 ** -22);
    });
  }
});
