/** Readers of the files about nets in base 2. */
import { createHash } from "node:crypto";
import { digitalNet, loadSobolTable, sobol } from "@ansatz/qmc";
import { expectEqual, knownKeys, unknownSections, type GoldenCase, type GoldenReader } from "@ansatz/golden";
import { integersOf, toBig, toWhole } from "./words.ts";

const flat = (rows: readonly (readonly (number | string)[])[]): bigint[] => rows.flat().map(toBig);

/** sobol.json */
export const sobolFile: GoldenReader = (file) => {
  const cases: GoldenCase[] = unknownSections(file, [
    "source",
    "about",
    "tolerance",
    "bits",
    "cases",
    "highDim",
    "columns",
  ]);
  for (const one of file.cases) {
    for (const order of ["natural", "gray"] as const) {
      cases.push({
        name: `d = ${one.d}, n = ${one.n}, first = ${one.first}, ${order}`,
        kind: order,
        run() {
          knownKeys("case", one, ["d", "n", "first", "natural", "gray"]);
          const net = sobol({ dimension: one.d, order });
          const words = net.words(one.first, one.first + one.n);
          expectEqual("integers", integersOf(words, file.bits), flat(one[order]));
          const numbers = net.array(one.first, one.first + one.n);
          expectEqual(
            "numbers",
            Array.from(numbers, (x) => x * 2 ** 32),
            one[order].flat(),
          );
        },
      });
    }
  }
  cases.push({
    name: "coordinates of the 21201-dimensional sequence",
    kind: "natural",
    async run() {
      knownKeys("highDim", file.highDim, ["about", "coords", "n", "natural"]);
      const net = sobol({ coordinates: file.highDim.coords, table: await loadSobolTable() });
      expectEqual("integers", integersOf(net.words(0, file.highDim.n), 32), flat(file.highDim.natural));
    },
  });
  for (const one of file.columns) {
    cases.push({
      name: `columns of coordinate ${one.coord}`,
      kind: "natural",
      async run() {
        knownKeys("columns", one, ["coord", "poly", "msbColumns32"]);
        const net = sobol({ coordinates: [one.coord], table: await loadSobolTable() });
        const columns = one.msbColumns32.map((_: number, c: number) => net.words(2 ** c, 2 ** c + 1).hi[0]);
        expectEqual("columns", columns, one.msbColumns32);
      },
    });
  }
  return cases;
};

/** sobol_table_checksum.json */
export const sobolChecksum: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "sha256", "xorAll", "sumMod2p53", "first1024sha256"]),
  {
    name: "all columns",
    kind: "table",
    async run() {
      const net = sobol({ dimension: 21201, table: await loadSobolTable() });
      const table = new Uint32Array(21201 * 32);
      for (let c = 0; c < 32; c++) {
        const { hi } = net.words(2 ** c, 2 ** c + 1);
        for (let j = 0; j < 21201; j++) table[j * 32 + c] = hi[j];
      }
      const hash = (part: Uint32Array): string =>
        createHash("sha256")
          .update(new Uint8Array(part.buffer, 0, part.byteLength))
          .digest("hex");
      expectEqual("sha256", hash(table), file.sha256);
      expectEqual("sha256 of 1024", hash(table.slice(0, 1024 * 32)), file.first1024sha256);
      expectEqual(
        "xor",
        table.reduce((a, b) => (a ^ b) >>> 0, 0),
        file.xorAll,
      );
      expectEqual(
        "sum",
        table.reduce((a, b) => (a + b) % 2 ** 53, 0),
        file.sumMod2p53,
      );
      const small = sobol({ dimension: 1024 });
      const first = new Uint32Array(1024 * 32);
      for (let c = 0; c < 32; c++) small.words(2 ** c, 2 ** c + 1).hi.forEach((word, j) => (first[j * 32 + c] = word));
      expectEqual("the built-in table", hash(first), file.first1024sha256);
    },
  },
];

/** dnet_interlaced.json */
export const interlaced: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "tolerance", "cases"]),
  ...file.cases.map((one: any) => ({
    name: `d = ${one.d}, alpha = ${one.alpha}`,
    kind: "interlaced",
    run() {
      knownKeys("case", one, ["d", "alpha", "t", "n", "points"]);
      const net = sobol({ dimension: one.d, alpha: one.alpha, bits: one.t });
      expectEqual("integers", integersOf(net.words(0, one.n), one.t), flat(one.points));
      expectEqual(
        "numbers",
        Array.from(net.array(0, one.n), (x) => x * 2 ** one.t),
        one.points.flat(),
      );
    },
  })),
];

/** dnet_randomizations.json */
export const randomizations: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "tolerance", "cases"]),
  ...file.cases.map((one: any) => ({
    name: `d = ${one.d}, t = ${one.t}, alpha = ${one.alpha}`,
    kind: "linear",
    run() {
      knownKeys("case", one, [
        "d",
        "n",
        "t0",
        "t",
        "alpha",
        "S",
        "scrambledColumns",
        "interlacedColumns",
        "shift",
        "lmsOnly",
        "lmsShift",
      ]);
      const matrices = one.S.map((rows: (number | string)[]) => rows.map(toWhole));
      const options = { alpha: one.alpha, bits: one.t };
      const linear = sobol({ ...options, dimension: one.d, scramble: { matrices } });
      expectEqual("scrambled", integersOf(linear.words(0, one.n), one.t), flat(one.lmsOnly));
      const shifted = sobol({ ...options, dimension: one.d, scramble: { matrices, shift: one.shift.map(toWhole) } });
      expectEqual("shifted", integersOf(shifted.words(0, one.n), one.t), flat(one.lmsShift));
      if (one.t <= 53) {
        expectEqual(
          "numbers",
          Array.from(shifted.array(0, one.n), (x) => x * 2 ** one.t),
          one.lmsShift.flat(),
        );
      }
      const plain = sobol({ dimension: one.d * one.alpha, scramble: { matrices } });
      const count = one.scrambledColumns[0].length;
      for (let c = 0; c < count; c++) {
        const words = integersOf(plain.words(2 ** c, 2 ** c + 1), one.t);
        expectEqual(
          `column ${c}`,
          words,
          one.scrambledColumns.map((columns: any) => toBig(columns[c])),
        );
        if (one.interlacedColumns === null) continue;
        const both = integersOf(linear.words(2 ** c, 2 ** c + 1), one.t);
        expectEqual(
          `interlaced column ${c}`,
          both,
          one.interlacedColumns.map((columns: any) => toBig(columns[c])),
        );
      }
    },
  })),
];

/** dnet_nus.json */
export const nus: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "tolerance", "explicit", "validExample"]),
  ...file.explicit.map((one: any) => ({
    name: `given flips, d = ${one.d}, t = ${one.t}`,
    kind: "tree",
    run() {
      knownKeys("explicit", one, ["d", "t", "n", "flips", "unscrambled", "scrambled"]);
      // Column c of the net is its point 2^c.
      const matrices = Array.from({ length: one.d }, (_, j) =>
        Array.from({ length: Math.log2(one.n) }, (_, c) => one.unscrambled[2 ** c][j]),
      );
      const net = (scramble: Parameters<typeof digitalNet>[0]["scramble"]) =>
        digitalNet({ matrices, matrixBits: one.t, bits: one.t, scramble });
      expectEqual("unscrambled", integersOf(net("none").words(0, one.n), one.t), flat(one.unscrambled));
      const flips = (j: number, depth: number, prefix: number): 0 | 1 => Number(one.flips[j][depth][prefix]) as 0 | 1;
      expectEqual("scrambled", integersOf(net({ flips }).words(0, one.n), one.t), flat(one.scrambled));
    },
  })),
  {
    name: "a valid sample",
    kind: "tree",
    run() {
      const { d, n, t, unscrambled, scrambled } = file.validExample;
      expectEqual("unscrambled", integersOf(sobol({ dimension: d }).words(0, n), t), flat(unscrambled));
      // The flips of the sample, read off its points, are one tree: they give the sample back.
      const seen = new Map<string, 0 | 1>();
      unscrambled.forEach((row: number[], i: number) => {
        row.forEach((word, j) => {
          for (let depth = 0; depth < t; depth++) {
            const prefix = Math.floor(word / 2 ** (t - depth));
            const node = `${j}/${depth}/${prefix}`;
            const flip = (((word ^ scrambled[i][j]) >>> (t - 1 - depth)) & 1) as 0 | 1;
            if ((seen.get(node) ?? flip) !== flip) throw new Error(`node ${node} has two flips`);
            seen.set(node, flip);
          }
        });
      });
      const flips = (j: number, depth: number, prefix: number): 0 | 1 => seen.get(`${j}/${depth}/${prefix}`) as 0 | 1;
      const again = sobol({ dimension: d, scramble: { flips } });
      expectEqual("scrambled", integersOf(again.words(0, n), t), flat(scrambled));
    },
  },
];
