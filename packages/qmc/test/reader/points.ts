/** Readers of the files about lattices and Halton sequences. */
import { createHash } from "node:crypto";
import { digitalSequence, halton, lattice, loadLatticeVector, type LatticeVectorName } from "@ansatz/qmc";
import {
  absolute,
  expectClose,
  expectEqual,
  knownKeys,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
} from "@ansatz/golden";

export const vectorOf = (name: string): Promise<Uint32Array> =>
  loadLatticeVector(name.split(".").slice(0, 2).join("-") as LatticeVectorName);

/** lattice.json */
export const latticeFile: GoldenReader = (file) => {
  const cases: GoldenCase[] = unknownSections(file, ["source", "about", "tolerance", "vectors", "cases", "highDim"]);
  const within = absolute(file.tolerance);
  for (const [name, one] of Object.entries<any>(file.vectors)) {
    cases.push({
      name: `vector ${name}`,
      kind: "vector",
      async run() {
        knownKeys("vector", one, ["length", "head", "last", "sha256_u4le"]);
        const vector = await vectorOf(name);
        expectEqual("length", vector.length, one.length);
        expectEqual("head", Array.from(vector.slice(0, one.head.length)), one.head);
        expectEqual("last", vector.at(-1), one.last);
        const bytes = new Uint8Array(vector.buffer, 0, vector.byteLength);
        expectEqual("sha256", createHash("sha256").update(bytes).digest("hex"), one.sha256_u4le);
      },
    });
  }
  for (const one of file.cases) {
    const title = `${one.vector}, d = ${one.d}, n = ${one.n}`;
    const check = (order: "natural" | "linear" | "gray") => ({
      name: `${title}, ${order}`,
      kind: order,
      async run() {
        knownKeys("case", one, ["vector", "d", "n", "natural", "linear", "gray", "shift", "naturalShifted"]);
        const vector = await vectorOf(one.vector);
        const points = lattice({ dimension: one.d, vector, order, size: order === "linear" ? one.n : undefined });
        expectClose("points", points.array(0, one.n), one[order].flat(), within);
      },
    });
    cases.push(check("natural"), check("linear"), check("gray"), {
      name: `${title}, shifted`,
      kind: "natural",
      async run() {
        const vector = await vectorOf(one.vector);
        const points = lattice({ dimension: one.d, vector, shift: one.shift });
        expectClose("points", points.array(0, one.n), one.naturalShifted.flat(), within);
      },
    });
  }
  cases.push({
    name: "high coordinates",
    kind: "natural",
    async run() {
      const { vector, coords0, z, n, natural } = file.highDim;
      knownKeys("highDim", file.highDim, ["vector", "coords0", "z", "n", "natural"]);
      const all = await vectorOf(vector);
      const taken = coords0.map((j: number) => all[j]);
      expectEqual("components", taken, z);
      expectClose("points", lattice({ dimension: z.length, vector: taken }).array(0, n), natural.flat(), within);
    },
  });
  return cases;
};

/** halton.json */
export const haltonFile: GoldenReader = (file) => {
  const within = absolute(file.tolerance);
  const cases: GoldenCase[] = unknownSections(file, [
    "source",
    "about",
    "tolerance",
    "plain",
    "highDim",
    "generalized",
    "digitPermutation",
    "lmsShift",
  ]);
  for (const one of file.plain) {
    cases.push({
      name: `plain, d = ${one.d}`,
      kind: "plain",
      run() {
        knownKeys("plain", one, ["d", "n", "points"]);
        expectClose("points", halton({ dimension: one.d }).array(0, one.n), one.points.flat(), within);
      },
    });
  }
  cases.push(
    {
      name: "high coordinates",
      kind: "plain",
      run() {
        const { coords0, primes, first, n, points } = file.highDim;
        knownKeys("highDim", file.highDim, ["coords0", "primes", "first", "n", "points"]);
        expectClose("points", halton({ coordinates: coords0 }).array(first, first + n), points.flat(), within);
        expectClose("bases", digitalSequence({ bases: primes }).array(first, first + n), points.flat(), within);
      },
    },
    {
      name: "generalised",
      kind: "generalised",
      run() {
        const { d, n, multipliers, shiftDigits, digits, points } = file.generalized;
        knownKeys("generalized", file.generalized, [
          "d",
          "n",
          "multipliers",
          "shiftDigits",
          "digits",
          "points",
          "about",
        ]);
        const sequence = halton({ dimension: d, digits, scramble: { multipliers, shift: shiftDigits } });
        expectClose("points", sequence.array(0, n), points.flat(), within);
      },
    },
    {
      name: "digit permutations",
      kind: "permutations",
      run() {
        const { d, n, T, perms, points } = file.digitPermutation;
        knownKeys("digitPermutation", file.digitPermutation, ["d", "n", "T", "perms", "points", "about"]);
        const sequence = halton({ dimension: d, digits: T, scramble: { permutations: perms } });
        expectClose("points", sequence.array(0, n), points.flat(), within);
      },
    },
    {
      name: "linear scramble and shift",
      kind: "linear",
      run() {
        const { d, n, T, S, shiftDigits, points } = file.lmsShift;
        knownKeys("lmsShift", file.lmsShift, ["d", "n", "T", "S", "shiftDigits", "points", "about"]);
        const sequence = halton({ dimension: d, digits: T, scramble: { matrices: S, shift: shiftDigits } });
        expectClose("points", sequence.array(0, n), points.flat(), within);
      },
    },
  );
  return cases;
};
