/** Wrong arguments are told what they are and what was expected. */
import {
  digitalNet,
  digitalSequence,
  faure,
  halton,
  iidUniform,
  lattice,
  latinHypercube,
  loadLatticeVector,
  loadSobolTable,
  parseLdData,
  sobol,
} from "@ansatz/qmc";
import { key } from "@ansatz/tensor/random";
import { expect, test } from "vitest";

const k = key(1);
const any = (value: unknown): any => value;
const singles = new Float32Array(4);
const five = new Float64Array(5);

test.each<[() => unknown, RegExp]>([
  [() => sobol({ dimension: 0 }), /sobol: dimension is out of range \(got 0, expected an integer >= 1\)/],
  [() => sobol({ dimension: 1025 }), /no direction numbers .*got 1025, expected at most 1024.*loadSobolTable/],
  [() => sobol({ dimension: 600, alpha: 2 }), /got 1200 with alpha = 2/],
  [() => sobol({}), /got neither dimension and coordinates/],
  [() => sobol({ dimension: 1, coordinates: [1] }), /got both/],
  [() => sobol({ coordinates: [] }), /no coordinates/],
  [() => sobol({ coordinates: [0, -1] }), /a coordinate is out of range \(got -1/],
  [() => sobol(any({ dimension: 1, seed: 3 })), /sobol: unknown option \(got "seed"/],
  [() => sobol({ dimension: 1, bits: 65 }), /bits is out of range/],
  [() => sobol({ dimension: 1, alpha: 9 }), /alpha is out of range/],
  [() => sobol({ dimension: 1, scramble: "lms" }), /scramble "lms" needs a key \(got none/],
  [() => sobol(any({ dimension: 1, key: 5 })), /needs a key \(got 5/],
  [() => sobol({ dimension: 1, scramble: "none", key: k }), /a key is of no use/],
  [() => sobol({ dimension: 1, replications: 2 }), /all alike/],
  [() => sobol(any({ dimension: 1, scramble: "owen", key: k })), /unknown scramble \(got "owen"/],
  [() => sobol(any({ dimension: 1, order: "linear" })), /unknown order/],
  [() => sobol(any({ dimension: 1, dtype: "f16" })), /unknown dtype/],
  [() => sobol({ dimension: 1, scramble: "nus-tree", key: k, bits: 60 }), /at most 53 levels/],
  [() => sobol({ dimension: 2, scramble: { shift: [1] } }), /shift has the wrong length \(got 1, expected 2\)/],
  [() => sobol({ dimension: 1, scramble: { shift: [2 ** 32] } }).array(0, 1), /does not fit \(got 4294967296/],
  [() => sobol({ dimension: 1, scramble: { matrices: [[]] } }), /scrambling matrices do not fit/],
  [() => sobol({ dimension: 1, scramble: { shift: [1] }, key: k }), /neither a key nor replications \(got a key/],
  [() => sobol({ dimension: 1, scramble: { matrices: [[2 ** 31]], flips: () => 0 } }), /linear or nested/],
  [() => sobol({ dimension: 1 }).points(-1), /sobol.points: the end is out of range \(got -1/],
  [() => sobol({ dimension: 1 }).range(5, 4), /sobol.range: the end is out of range \(got 4/],
  [() => sobol({ dimension: 1 }).array(0.5, 1), /the first point is out of range \(got 0.5/],
  [() => sobol({ dimension: 1 }).array(2 ** 32, 2 ** 32 + 1), /not that many points/],
  [() => sobol({ dimension: 2 }).arrayInto(singles), /target does not fit \(got Float32Array of length 4/],
  [() => sobol({ dimension: 2 }).arrayInto(five), /multiple of 2/],
  [() => digitalNet({ matrices: [], matrixBits: 4 }), /no generating matrices/],
  [() => digitalNet({ matrices: [[1], [1, 2]], matrixBits: 4 }), /differ in size/],
  [() => digitalNet({ matrices: [[16]], matrixBits: 4 }), /does not fit \(got 16/],
  [() => digitalNet({ matrices: [[1]], matrixBits: 4, alpha: 2 }), /cannot be interlaced/],
  [() => lattice({ dimension: 3601 }), /too short \(got 3600 components.*loadLatticeVector/],
  [() => lattice({ dimension: 2, vector: [1, 0] }), /component 1 .* out of range \(got 0/],
  [() => lattice({ dimension: 2, order: "linear" }), /needs the number of points/],
  [() => lattice({ dimension: 2, size: 8 }), /needs the number of points/],
  [() => lattice({ dimension: 2, key: k, shift: [0, 0] }), /given twice/],
  [() => lattice({ dimension: 2, shift: [0, 1] }), /shift is out of range \(got 1 for coordinate 1/],
  [() => lattice({ dimension: 2, shift: [0] }), /shift has the wrong length/],
  [() => lattice({ dimension: 2, replications: 3 }), /all alike/],
  [
    () => lattice({ dimension: 2 }).points(2 ** 20 + 1),
    /not that many points \(got 1048577, expected at most 1048576\)/,
  ],
  [() => halton({}), /halton: what to generate/],
  [() => halton({ dimension: 2, scramble: "dp" }), /needs a key/],
  [() => halton({ dimension: 2, scramble: { permutations: [[[0, 1]], [[0, 1, 1]]] }, digits: 1 }), /not permutations/],
  [() => halton({ dimension: 1, scramble: { multipliers: [2] } }), /a multiplier is out of range/],
  [() => halton({ dimension: 1, scramble: { shift: [[1]] } }), /shift is too short/],
  [() => halton({ dimension: 1, scramble: { matrices: [[[1]]] } }), /wrong size/],
  [() => faure({ dimension: 4, base: 3 }), /base is not fit \(got 3, expected a prime >= 4\)/],
  [() => faure({ dimension: 4, base: 6 }), /base is not fit/],
  [() => digitalSequence({ bases: [4] }), /a base is no prime \(got 4/],
  [() => digitalSequence({ bases: [] }), /no coordinates/],
  [() => digitalSequence({ bases: [3], matrices: [[[3]]] }), /bad row for coordinate 0/],
  [() => latinHypercube(any({ dimension: 1, size: 4 })), /latinHypercube: a sample needs a key/],
  [
    () => latinHypercube({ dimension: 1, size: 4, key: k }).points(5),
    /not that many points \(got 5, expected at most 4\)/,
  ],
  [() => iidUniform(any({ dimension: 1 })), /needs a key/],
  [() => parseLdData("# what\n1\n"), /unknown kind of file \(got "# what"/],
  [() => parseLdData("# dnet\n3\n1\n4\n4\n8 4\n"), /only base 2/],
  [() => parseLdData("# dnet\n2\n2\n4\n4\n8 4\n"), /do not fit the header/],
  [() => parseLdData("# dnet\n2\n1\n4\n2\n8 4\n"), /too many digits/],
  [() => parseLdData("# dnet\n2\nx\n"), /not an integer \(got "x"/],
  [() => parseLdData("# lattice\n2\n8\n1\n"), /vector does not fit/],
])("%s", (make, message) => {
  expect(make).toThrow(message);
});

test("tables that are missing or wrong", async () => {
  const missing = new URL("missing.bin", import.meta.url);
  await expect(loadSobolTable(missing)).rejects.toThrow(/table cannot be read .*missing\.bin/);
  await expect(loadSobolTable(new URL("errors.test.ts", import.meta.url))).rejects.toThrow(
    /not the table of Joe and Kuo/,
  );
  await expect(loadLatticeVector(any("kuo-1"))).rejects.toThrow(/unknown vector/);
  await expect(loadLatticeVector("kuo-32001", new URL("errors.test.ts", import.meta.url))).rejects.toThrow(
    /not the vector/,
  );
});

test("files are read", () => {
  expect(parseLdData("# dnet\n# comment\n2 # base\n2\n4 # points\n3\n4 2\n4 6\n")).toEqual({
    kind: "dnet",
    matrices: [
      [4n, 2n],
      [4n, 6n],
    ],
    matrixBits: 3,
  });
  expect(parseLdData("# lattice\r\n2 # dimensions\r\n8\r\n1\r\n3\r\n")).toEqual({
    kind: "lattice",
    vector: [1, 3],
    size: 8,
  });
});
