/** Every sequence is a function of the index, stays below 1, and keeps what it promises under randomisation. */
import {
  digitalNet,
  digitalSequence,
  faure,
  halton,
  iidUniform,
  lattice,
  latinHypercube,
  loadLatticeVector,
  sobol,
  type DigitalNet,
  type PointType,
  type Sequence,
} from "@ansatz/qmc";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const seed = key(11);

/** Every family with every randomisation. */
const makers: Record<string, (dtype: PointType, replications?: number) => Sequence> = {
  "sobol none": (dtype) => sobol({ dimension: 5, dtype }),
  ...Object.fromEntries(
    (["ds", "lms", "lms-ds", "nus", "nus-tree"] as const).flatMap((scramble) => [
      [
        `sobol ${scramble}`,
        (dtype: PointType, replications?: number) => sobol({ dimension: 10, key: seed, scramble, dtype, replications }),
      ],
      [
        `sobol ${scramble} gray 53 bits`,
        (dtype: PointType, replications?: number) =>
          sobol({ dimension: 3, key: seed, scramble, dtype, replications, order: "gray", bits: 53 }),
      ],
      [
        `interlaced ${scramble}`,
        (dtype: PointType, replications?: number) =>
          sobol({ dimension: 3, key: seed, scramble, dtype, replications, alpha: 2, cell: "centre" }),
      ],
    ]),
  ),
  "sobol in 300 dimensions": (dtype, replications) => sobol({ dimension: 300, key: seed, dtype, replications }),
  "sobol nus in 130 dimensions": (dtype, replications) =>
    sobol({ dimension: 130, key: seed, scramble: "nus", dtype, replications }),
  lattice: (dtype, replications) => lattice({ dimension: 6, key: seed, dtype, replications }),
  "lattice gray": (dtype, replications) => lattice({ dimension: 6, key: seed, dtype, replications, order: "gray" }),
  "lattice linear": (dtype, replications) =>
    lattice({ dimension: 6, key: seed, dtype, replications, order: "linear", size: 2500 }),
  ...Object.fromEntries(
    (["dp", "ds", "lms", "lms-ds", "nus"] as const).map((scramble) => [
      `halton ${scramble}`,
      (dtype: PointType, replications?: number) => halton({ dimension: 6, key: seed, scramble, dtype, replications }),
    ]),
  ),
  "halton none": (dtype) => halton({ dimension: 6, dtype }),
  faure: (dtype, replications) => faure({ dimension: 4, key: seed, dtype, replications }),
  "latin hypercube": (dtype, replications) =>
    latinHypercube({ dimension: 3, size: 3000, key: seed, dtype, replications }),
  iid: (dtype, replications) => iidUniform({ dimension: 3, key: seed, dtype, replications }),
};

describe.each(Object.entries(makers))("%s", (_, make) => {
  test.each(["f64", "f32"] as const)("any range is a part of the points, %s", async (dtype) => {
    const sequence = make(dtype);
    const d = sequence.dimension;
    // More than two blocks of kernels.
    const all = sequence.array(0, 2500);
    expect(all).toBeInstanceOf(dtype === "f64" ? Float64Array : Float32Array);
    for (const [first, end] of [
      [0, 1],
      [1, 2],
      [255, 257],
      [300, 700],
      [512, 640],
      [1000, 2077],
      [5, 5],
    ]) {
      const part = all.slice(first * d, end * d);
      expect(sequence.array(first, end)).toEqual(part);
      using points = sequence.range(first, end, { device: "cpu" });
      expect(points.shape).toEqual([end - first, d]);
      expect(await points.data()).toEqual(part);
    }
    const target = all.slice(0, 10 * d);
    sequence.arrayInto(target, 77);
    expect(target).toEqual(all.slice(77 * d, 87 * d));
    expect(all.every((x) => x >= 0 && x < 1)).toBe(true);
    // Uniform means: the standard error of 2500 independent points is 0.006.
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let i = 0; i < 2500; i++) sum += all[i * d + j];
      expect(Math.abs(sum / 2500 - 0.5)).toBeLessThan(0.03);
    }
  });

  test("replications are different, reproducible and lie behind each other", () => {
    const one = make("f64");
    if (one.name.length > 0 && (_ === "sobol none" || _ === "halton none")) {
      expect(() => make("f64").array(0, 4)).not.toThrow();
      return;
    }
    const three = make("f64", 3);
    const values = three.array(10, 20);
    const size = 10 * one.dimension;
    expect(values.length).toBe(3 * size);
    expect(values.slice(0, size)).toEqual(one.array(10, 20));
    expect(values.slice(size, 2 * size)).not.toEqual(values.slice(0, size));
    expect(values.slice(2 * size)).not.toEqual(values.slice(size, 2 * size));
    expect(make("f64", 3).array(10, 20)).toEqual(values);
    expect(three.range(10, 20).shape).toEqual([3, 10, one.dimension]);
  });
});

test("tensors hold the same numbers", async () => {
  const sequence = sobol({ dimension: 3, key: seed });
  const tensor = sequence.points(64);
  expect(tensor.shape).toEqual([64, 3]);
  expect(tensor.dtype).toBe("f64");
  expect(await tensor.data()).toEqual(sequence.array(0, 64));
  expect(sobol({ dimension: 3, dtype: "f32" }).points(0).shape).toEqual([0, 3]);
});

test("chunks follow each other and stop with their signal", async () => {
  const sequence = sobol({ dimension: 2, key: seed });
  const parts: number[] = [];
  for await (const { first, end, values } of sequence.chunks(3, 40, { size: 16 })) {
    expect(values.length).toBe(2 * (end - first));
    parts.push(...values);
  }
  expect(parts).toEqual(Array.from(sequence.array(3, 40)));
  const controller = new AbortController();
  const read = async (): Promise<void> => {
    for await (const { first } of sequence.chunks(0, 1000, { size: 10, signal: controller.signal })) {
      if (first === 20) controller.abort(new Error("enough"));
    }
  };
  await expect(read()).rejects.toThrow("enough");
});

test("more coordinates do not change the ones before", () => {
  for (const scramble of ["lms-ds", "nus"] as const) {
    const few = sobol({ dimension: 2, key: seed, scramble }).array(0, 8);
    const many = sobol({ dimension: 70, key: seed, scramble }).array(0, 8);
    expect(Array.from(few)).toEqual(Array.from({ length: 16 }, (_, i) => many[Math.floor(i / 2) * 70 + (i % 2)]));
  }
});

/** Largest number of points in an elementary interval of volume 2^-m, over all shapes. */
function fullest(net: Sequence, m: number): number {
  const values = net.array(0, 2 ** m);
  let most = 0;
  for (let a = 0; a <= m; a++) {
    const counts = new Map<number, number>();
    for (let i = 0; i < 2 ** m; i++) {
      const cell = Math.floor(values[2 * i] * 2 ** a) * 2 ** m + Math.floor(values[2 * i + 1] * 2 ** (m - a));
      counts.set(cell, (counts.get(cell) ?? 0) + 1);
    }
    most = Math.max(most, ...counts.values());
  }
  return most;
}

test("scrambles keep the net property: one point in each elementary interval", () => {
  for (const scramble of ["ds", "lms", "lms-ds", "nus", "nus-tree"] as const) {
    for (const bits of [32, 53]) {
      const net = sobol({ dimension: 2, key: seed, scramble, bits });
      expect(fullest(net, 10), scramble).toBe(1);
    }
  }
  expect(fullest(iidUniform({ dimension: 2, key: seed }), 10)).toBeGreaterThan(1);
});

test("Faure sequences are (0, d)-sequences, also when scrambled", () => {
  for (const scramble of ["none", "lms-ds", "dp", "nus"] as const) {
    const sequence = faure({ dimension: 3, scramble, key: scramble === "none" ? undefined : seed });
    const values = sequence.array(27, 54);
    for (const [a, b, c] of [
      [3, 0, 0],
      [0, 3, 0],
      [0, 0, 3],
      [2, 1, 0],
      [1, 1, 1],
      [0, 1, 2],
    ]) {
      const cells = new Set<string>();
      for (let i = 0; i < 27; i++) {
        const cell = [a, b, c].map((k, j) => Math.floor(values[3 * i + j] * 3 ** k + 1e-9));
        cells.add(cell.join());
      }
      expect(cells.size, `${scramble} ${a}${b}${c}`).toBe(27);
    }
  }
});

test("nested scrambling keeps the position of the first digit in which two points differ", () => {
  for (const scramble of ["nus", "nus-tree"] as const) {
    for (const bits of [32, 53]) {
      const plain = sobol({ dimension: 3, bits }).words(0, 256);
      const net = sobol({ dimension: 3, bits, key: key(3), scramble });
      const mixed = net.words(0, 256);
      expect(net.linear).toBe(false);
      for (let i = 0; i < 256; i++) {
        for (let k = 0; k < i; k++) {
          for (let j = 0; j < 3; j++) {
            const before = Math.clz32(plain.hi[3 * i + j] ^ plain.hi[3 * k + j]);
            expect(Math.clz32(mixed.hi[3 * i + j] ^ mixed.hi[3 * k + j])).toBe(before);
          }
        }
      }
    }
  }
});

test("nested scrambling flips sibling digits independently", () => {
  // At each depth the flips of the two halves agree about half of the time over many keys.
  const count = 400;
  for (let depth = 1; depth < 14; depth++) {
    let agree = 0;
    for (let s = 0; s < count; s++) {
      // Points 0 and 2^(depth-1) of coordinate 0 differ first in digit depth - 1.
      const net = sobol({ dimension: 1, key: key(1000 + s), scramble: "nus" });
      const [a, b] = [net.words(0, 1).hi[0], net.words(2 ** (depth - 1), 2 ** (depth - 1) + 1).hi[0]];
      if (((a ^ b) >>> (31 - depth)) % 2 === 0) agree++;
    }
    // Four standard deviations.
    expect(Math.abs(agree - count / 2)).toBeLessThan(4 * Math.sqrt(count / 4));
  }
});

test("cells: corners are cut, centres are never 0", () => {
  const centre = sobol({ dimension: 2, cell: "centre" }).array(0, 4);
  const corner = sobol({ dimension: 2 }).array(0, 4);
  expect(Array.from(centre)).toEqual(Array.from(corner, (x) => x + 2 ** -33));
  for (const bits of [20, 32, 40, 53, 64]) {
    for (const dtype of ["f64", "f32"] as const) {
      for (const scramble of ["lms-ds", "nus"] as const) {
        const options = { dimension: 1, key: seed, bits, dtype, scramble };
        const c = sobol({ ...options, cell: "centre" }).array(0, 128);
        const digits = Math.min(bits, dtype === "f64" ? 52 : 23);
        const scaled = Array.from(c, (x) => x * 2 ** digits);
        expect(scaled.every((x) => x % 1 === 0.5)).toBe(true);
        const low = sobol(options).array(0, 128);
        expect(low.every((x, i) => x <= c[i] && c[i] - x <= 2 ** -digits)).toBe(true);
      }
    }
  }
});

test("a point one digit below 1 stays below 1", () => {
  const ones = (bits: number): (bigint | number)[] => [bits > 53 ? 2n ** BigInt(bits) - 1n : 2 ** bits - 1];
  for (const bits of [32, 53, 63, 64]) {
    for (const dtype of ["f64", "f32"] as const) {
      for (const cell of ["corner", "centre"] as const) {
        const net = sobol({ dimension: 1, bits, dtype, cell, scramble: { shift: ones(bits) } });
        expect(net.array(0, 1)[0]).toBeLessThan(1);
        expect(net.array(0, 1)[0]).toBeGreaterThanOrEqual(1 - 2 ** -24);
      }
    }
  }
  const shift = [1 - 2 ** -53];
  expect(
    lattice({ dimension: 1, shift, dtype: "f32" })
      .array(0, 8)
      .every((x) => x < 1),
  ).toBe(true);
});

test("user matrices: least and most significant digit first", () => {
  const msb = digitalNet({
    matrices: [
      [8, 4, 2, 1],
      [8, 12, 10, 15],
    ],
    matrixBits: 4,
  });
  const lsb = digitalNet({
    matrices: [
      [1, 2, 4, 8],
      [1, 3, 5, 15],
    ],
    matrixBits: 4,
    digits: "lsb",
  });
  expect(lsb.array(0, 16)).toEqual(msb.array(0, 16));
  expect(Array.from(msb.array(0, 4))).toEqual([0, 0, 0.5, 0.5, 0.25, 0.75, 0.75, 0.25]);
  expect(msb.limit).toBe(16);
});

test("coordinates of general bases agree with special ones", () => {
  expect(digitalSequence({ bases: [2, 3, 5] }).array(0, 50)).toEqual(halton({ dimension: 3 }).array(0, 50));
  const identity = Array.from({ length: 8 }, (_, r) => Array.from({ length: 8 }, (_, c) => (r === c ? 1 : 0)));
  expect(digitalSequence({ bases: [7], matrices: [identity] }).array(0, 60)).toEqual(
    halton({ coordinates: [3], digits: 8 }).array(0, 60),
  );
});

test("nested scrambling of digits: by a table and digit by digit, and in any base", () => {
  const digits = 8;
  const identity = Array.from({ length: digits }, (_, r) => Array.from({ length: digits }, (__, c) => Number(r === c)));
  const options = { bases: [3, 5], key: seed, scramble: "nus" } as const;
  const table = digitalSequence({ ...options, digits });
  const plain = digitalSequence({ ...options, matrices: [identity, identity] });
  // The tables end at 3^7 and 5^5.
  for (const [first, end] of [
    [0, 30],
    [2180, 2195],
    [3100, 3140],
  ]) {
    expect(table.array(first, end)).toEqual(plain.array(first, end));
  }
  // Every interval of length b^-k holds one of b^k points.
  const x = halton({ dimension: 3, key: seed, scramble: "nus" }).array(0, 625);
  [2 ** 9, 3 ** 5, 5 ** 4].forEach((count, j) => {
    const cells = new Set(Array.from({ length: count }, (_, i) => Math.floor(x[3 * i + j] * count)));
    expect(cells.size).toBe(count);
  });
});

test("Latin hypercubes have one point in each interval of each coordinate", () => {
  for (const centred of [false, true]) {
    const values = latinHypercube({ dimension: 4, size: 50, key: seed, centred }).array(0, 50);
    for (let j = 0; j < 4; j++) {
      const cells = new Set(Array.from({ length: 50 }, (_, i) => Math.floor(values[4 * i + j] * 50)));
      expect(cells.size).toBe(50);
    }
  }
});

test("21201 dimensions and 9125 components are there", async () => {
  const { loadSobolTable } = await import("@ansatz/qmc");
  const net: DigitalNet = sobol({ dimension: 21201, key: seed, table: await loadSobolTable() });
  expect(net.array(100, 102).length).toBe(2 * 21201);
  expect(lattice({ dimension: 9125, vector: await loadLatticeVector("kuo-33002") }).array(0, 2).length).toBe(18250);
});
