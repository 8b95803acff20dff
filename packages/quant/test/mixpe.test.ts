import { describe, expect, test } from "vitest";
import {
  ELEMENT_KINDS,
  NETWORK_SHAPES,
  DATAFLOWS,
  PUBLISHED_ARRAYS,
  columnsInArea,
  decodeFloat,
  foldCycles,
  gemmCost,
  gemmsOf,
  paretoSet,
  processingElement,
  shiftAddHalf,
  shiftAddProduct,
  publishedCost,
  simulateFold,
  simulateStationaryFold,
  stationaryFoldCycles,
  sweepDesigns,
} from "@ansatz/quant";
import type { ElementKind } from "@ansatz/quant";

test("all products of a nibble and a byte are exact", () => {
  for (let w = 0; w < 16; w++) {
    for (let a = -128; a < 128; a++) {
      expect(shiftAddProduct(w, a, false)).toBe(w * a);
      expect(shiftAddProduct(w, a, true) === (w > 7 ? w - 16 : w) * a).toBe(true);
    }
  }
});

test("products of all half-precision numbers with 4-bit integers are exact in float32", () => {
  const codes = Array.from({ length: 0x7c00 }, (_, code) => code);
  const halves = decodeFloat([...codes, ...codes.map((code) => code | 0x8000)], "f16");
  let wrong = 0;
  for (const a of halves) for (let w = -8; w < 16; w++) if (!Object.is(shiftAddHalf(w, a), w * a)) wrong++;
  expect(wrong).toBe(0);
});

test("simulated folds take K + R + C - 2 cycles and compute the product, for all sizes up to 12", () => {
  for (let rows = 1; rows <= 12; rows++) {
    for (let k = 1; k <= 12; k++) {
      for (let columns = 1; columns <= 12; columns++) {
        const a = Array.from({ length: rows * k }, (_, i) => ((i * 37) % 255) - 127);
        const b = Array.from({ length: k * columns }, (_, i) => ((i * 91) % 15) - 7);
        const { out, cycles } = simulateFold(a, b, rows, k, columns);
        expect(cycles).toBe(foldCycles(rows, k, columns));
        out.forEach((v, at) => {
          const [i, j] = [Math.floor(at / columns), at % columns];
          let sum = 0;
          for (let p = 0; p < k; p++) sum += a[i * k + p] * b[p * columns + j];
          if (v !== sum) expect(v).toBe(sum);
        });
      }
    }
  }
});

test("simulated folds of an operand that stays take 2R + V + C - 2 cycles and compute the product", () => {
  for (let vectors = 1; vectors <= 8; vectors++) {
    for (let rows = 1; rows <= 8; rows++) {
      for (let columns = 1; columns <= 8; columns++) {
        const x = Array.from({ length: vectors * rows }, (_, i) => ((i * 37) % 255) - 127);
        const w = Array.from({ length: rows * columns }, (_, i) => ((i * 91) % 15) - 7);
        const { out, cycles } = simulateStationaryFold(x, w, vectors, rows, columns);
        expect(cycles).toBe(stationaryFoldCycles(rows, vectors, columns));
        out.forEach((value, at) => {
          const [v, j] = [Math.floor(at / columns), at % columns];
          let sum = 0;
          for (let i = 0; i < rows; i++) sum += x[v * rows + i] * w[i * columns + j];
          if (value !== sum) expect(value).toBe(sum);
        });
      }
    }
  }
});

describe("what stays in the array", () => {
  const array = { kind: "int8", rows: 32, columns: 32, group: 128, bandwidth: 1e9 } as const;
  test("every one is the fastest where the other sizes are long", () => {
    const fastest = (m: number, k: number, n: number): string => {
      const cycles = DATAFLOWS.map((dataflow) => gemmCost({ m, k, n }, { ...array, dataflow }).cycles);
      return DATAFLOWS[cycles.indexOf(Math.min(...cycles))];
    };
    expect(fastest(32, 4096, 32)).toBe("output");
    expect(fastest(1024, 64, 32)).toBe("weight");
    expect(fastest(1, 64, 4096)).toBe("input");
  });
  test("a product of one fold costs what the fold costs", () => {
    const cost = gemmCost({ m: 20, k: 32, n: 32 }, { ...array, dataflow: "weight" });
    expect(cost.computeCycles).toBe(stationaryFoldCycles(32, 20, 32));
    expect(cost.sramBits).toBe(8 * 32 * 32 + 8 * 20 * 32 + 32 * 20 * 32);
  });
  test("a smaller buffer of sums makes the weights enter more often", () => {
    const cost = (outputBuffer: number) =>
      gemmCost({ m: 100, k: 32, n: 32 }, { ...array, dataflow: "weight", outputBuffer });
    // Half of 4096 bytes holds 16 rows of 32 sums of 4 bytes.
    expect(cost(4096).computeCycles).toBe(6 * stationaryFoldCycles(32, 16, 32) + stationaryFoldCycles(32, 4, 32));
    expect(cost(65_536).computeCycles).toBe(stationaryFoldCycles(32, 100, 32));
  });
  test("swapping the operands of a product of bytes swaps weights and activations", () => {
    const a = gemmCost({ m: 96, k: 200, n: 64 }, { ...array, dataflow: "weight" });
    const b = gemmCost({ m: 64, k: 200, n: 96 }, { ...array, dataflow: "input" });
    expect([a.computeCycles, a.sramBits]).toEqual([b.computeCycles, b.sramBits]);
  });
  test("other names are rejected", () => {
    expect(() => gemmCost({ m: 1, k: 1, n: 1 }, { ...array, dataflow: "row" as never })).toThrow("dataflow");
  });
});

test("the published simulator gives W4A8 what its configuration does", () => {
  const layer = { m: 64, k: 4096, n: 4096 };
  const [mixed, bytes] = [PUBLISHED_ARRAYS.w4a8, PUBLISHED_ARRAYS.int8].map((array) => publishedCost(layer, array));
  expect(bytes.cycles / mixed.cycles).toBeCloseTo(7.93, 2);
  // Four times the elements, each with four products of halved operands a cycle, on half the rows: 8.
  const same = publishedCost(layer, { ...PUBLISHED_ARRAYS.w4a8, rows: 32, columns: 32, bits: 8 });
  expect(same.cycles).toBe(bytes.cycles);
  expect(() => publishedCost(layer, { ...PUBLISHED_ARRAYS.int8, rows: 1e6 })).toThrow("no tile fits the buffers");
});

describe("at equal area, on language models with 1 to 2048 rows", () => {
  const cost = (kind: ElementKind, m: number, shape: readonly [number, number]): { cycles: number; energy: number } => {
    const columns = columnsInArea(kind, 1024, 128);
    const [k, n] = shape;
    const found = gemmCost({ m, k, n }, { kind, rows: 32, columns, group: 128, bandwidth: 512 });
    return { cycles: found.cycles, energy: found.totalEnergy };
  };
  const ratios = (slow: ElementKind, fast: ElementKind): { speed: number[]; energy: number[] } => {
    const pairs = [1, 16, 64, 256, 2048].flatMap((m) =>
      NETWORK_SHAPES.slice(0, 2).flatMap(({ layers }) =>
        layers.map((shape) => [cost(slow, m, shape), cost(fast, m, shape)]),
      ),
    );
    return { speed: pairs.map(([a, b]) => a.cycles / b.cycles), energy: pairs.map(([a, b]) => a.energy / b.energy) };
  };
  test("W4A8 is 1.8 to 2 times as fast as INT8, with as much less energy", () => {
    const { speed, energy } = ratios("int8", "w4a8");
    for (const r of [...speed, ...energy]) {
      expect(r).toBeGreaterThan(1.8);
      expect(r).toBeLessThan(2);
    }
  });
  test("W4A16 is 1.8 to 2.8 times as fast as FP16, with 3.4 to 3.9 times less energy", () => {
    const { speed, energy } = ratios("fp16", "w4a16");
    expect(Math.min(...speed)).toBeGreaterThan(1.8);
    expect(Math.max(...speed)).toBeLessThan(2.8);
    expect(Math.min(...energy)).toBeGreaterThan(3.3);
    expect(Math.max(...energy)).toBeLessThan(3.9);
  });
});

test("every kind of element has positive costs, and fewer bits cost less", () => {
  for (const kind of ELEMENT_KINDS) {
    const { energy, area } = processingElement(kind);
    expect(Math.min(energy, area)).toBeGreaterThan(0);
  }
  const cheaper: readonly (readonly [ElementKind, ElementKind])[] = [
    ["w4a8", "int8"],
    ["int8", "fp16"],
    ["w4a16", "fp16"],
    ["ant", "olive"],
  ];
  for (const [few, many] of cheaper) {
    expect(processingElement(few).energy).toBeLessThan(processingElement(many).energy);
    expect(processingElement(few).area).toBeLessThan(processingElement(many).area);
  }
});

test("no point of a Pareto set beats another, and every point is beaten by one of them or in the set", () => {
  const points = sweepDesigns(
    {
      kinds: ELEMENT_KINDS,
      rows: [8, 32],
      columns: [8, 32, 64],
      groups: [32, 128],
      dataflows: DATAFLOWS,
      buffers: [32768, 262144],
      bandwidths: [128, 512],
    },
    gemmsOf(NETWORK_SHAPES[0], 64),
  );
  expect(points.length).toBe(9 * 2 * 3 * 2 * 3 * 2 * 2);
  const set = paretoSet(points);
  expect(set.length).toBeGreaterThan(3);
  const beats = (a: (typeof set)[number], b: (typeof set)[number]): boolean =>
    a.cycles <= b.cycles && a.energy <= b.energy && a.area <= b.area;
  for (const point of points) expect(set.some((best) => beats(best, point))).toBe(true);
  for (const a of set) for (const b of set) if (a !== b) expect(beats(a, b)).toBe(false);
  for (const { throughput, roof } of points) expect(throughput).toBeLessThanOrEqual(roof * (1 + 1e-12));
});
