/** Readers of the files about special functions. */
import { concentrationOf, logBesselI, logBesselK, meanLength, vonMisesFisherNormalizer } from "@ansatz/qmc";
import { expectClose, knownKeys, relative, unknownSections, type GoldenReader } from "@ansatz/golden";

/** log_bessel.json */
export const logBessel: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "tolerance", "rows"]),
  ...file.rows.map(([v, x, logI, logK]: any[]) => ({
    name: `v = ${v}, x = ${x}`,
    kind: "log Bessel",
    run() {
      const within = (value: number): number => 64 * 2.22e-16 * Math.max(1, Math.abs(value), Math.sqrt(v * v + x * x));
      expectClose("log I", [logBesselI(v, x)], [logI], within);
      expectClose("log K", [logBesselK(v, x)], [logK], within);
    },
  })),
];

/** vmf.json */
export const vmf: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "toleranceRel", "cases", "ratio"]),
  ...file.cases.map((one: any) => ({
    name: `p = ${one.p}, R = ${one.R}`,
    kind: "von Mises-Fisher",
    run() {
      knownKeys("case", one, ["p", "R", "kappa0", "kappaHat", "logC", "meanLogLik"]);
      knownKeys("tolerances", file.toleranceRel, ["kappaHat", "logC", "A"]);
      const kappa = concentrationOf(one.p, one.R);
      expectClose("kappa", [kappa], [one.kappaHat], relative(file.toleranceRel.kappaHat));
      const logC = vonMisesFisherNormalizer(one.p, one.kappaHat);
      expectClose("log C", [logC], [one.logC], relative(file.toleranceRel.logC));
      const likelihood = vonMisesFisherNormalizer(one.p, kappa) + kappa * one.R;
      expectClose("likelihood", [likelihood], [one.meanLogLik], relative(file.toleranceRel.logC));
    },
  })),
  ...file.ratio.map((one: any) => ({
    name: `p = ${one.p}, kappa = ${one.kappa}`,
    kind: "von Mises-Fisher",
    run() {
      knownKeys("ratio", one, ["p", "kappa", "A"]);
      expectClose("A", [meanLength(one.p, one.kappa)], [one.A], relative(file.toleranceRel.A));
    },
  })),
];
