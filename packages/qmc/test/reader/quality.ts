/** Readers of the files about the quality of point sets. */
import { discrepancy, halton, lattice, sobol, tValue } from "@ansatz/qmc";
import {
  expectClose,
  expectEqual,
  knownKeys,
  relative,
  unknownCase,
  unknownSections,
  type GoldenReader,
} from "@ansatz/golden";
import { vectorOf } from "./points.ts";

/** sobol_tvalue.json */
export const tValues: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "tolerance", "cases"]),
  ...file.cases.map((one: any) => ({
    name: `coordinates ${one.coords.join()}`,
    kind: "t-value",
    run() {
      knownKeys("case", one, ["coords", "m", "t"]);
      const net = sobol({ coordinates: one.coords });
      expectEqual(
        "t",
        one.m.map((m: number) => tValue(net, m)),
        one.t,
      );
    },
  })),
];

/** discrepancy.json */
export const discrepancies: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "toleranceRel", "cases"]),
  ...file.cases.map((one: any) => {
    const name = `${one.kind}, d = ${one.d}, n = ${one.n}`;
    if (!["sobol", "lattice", "halton", "list"].includes(one.kind)) return unknownCase(name, one.kind);
    return {
      name,
      kind: "discrepancy",
      async run() {
        knownKeys("case", one, ["kind", "d", "n", "CD", "WD", "MD", "L2star", "points"]);
        const points = await pointsOf(one);
        const got = (["centred", "wrap-around", "mixture", "l2-star"] as const).map((kind) =>
          discrepancy(points, one.d, kind),
        );
        expectClose("discrepancies", got, [one.CD, one.WD, one.MD, one.L2star], relative(file.toleranceRel));
      },
    };
  }),
];

async function pointsOf(one: any): Promise<ArrayLike<number>> {
  if (one.kind === "list") return one.points.flat();
  if (one.kind === "sobol") return sobol({ dimension: one.d }).array(0, one.n);
  if (one.kind === "halton") return halton({ dimension: one.d }).array(0, one.n);
  return lattice({ dimension: one.d, vector: await vectorOf("kuo.32001.3600") }).array(0, one.n);
}
