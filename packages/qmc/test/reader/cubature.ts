/** Readers of the files about adaptive cubature. */
import {
  asianOption,
  boxIntegral,
  cubQmcLattice,
  cubQmcNet,
  genz,
  integrate,
  keister,
  lattice,
  periodize,
  sobol,
  type Criterion,
  type Integrand,
} from "@ansatz/qmc";
import { key } from "@ansatz/tensor/random";
import { bayesColumn, bayesFit, bayesKernel } from "../../src/criteria/bayes.ts";
import { forward } from "../../src/kernels/gram.ts";
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

function integrandOf(one: any): Integrand {
  if (one.integrand === "keister") return keister({ dimension: one.d });
  if (one.integrand === "genz") {
    return genz({ dimension: one.d, kind: one.params.func, coefficients: one.params.coeff });
  }
  if (one.integrand === "box") return boxIntegral({ dimension: one.d, exponent: one.params.s });
  return asianOption({ start: 30, strike: 35, volatility: 0.5, dimension: one.d });
}

/** cubature.json */
export const cubature: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "toleranceMeanRel", "toleranceBoundRel", "cases"]),
  ...file.cases.map((one: any) => {
    const name = `${one.kind}, ${one.integrand}, d = ${one.d}`;
    if (!["net", "lattice"].includes(one.kind) || !["keister", "genz", "box", "asian"].includes(one.integrand)) {
      return unknownCase(name, one.kind);
    }
    return {
      name,
      kind: "cubature",
      async run() {
        knownKeys("case", one, [
          "kind",
          "integrand",
          "params",
          "d",
          "absTol",
          "relTol",
          "nInit",
          "S",
          "shift",
          "pointOffset",
          "periodization",
          "trace",
          "solution",
          "n",
          "converged",
          "exact",
        ]);
        const options = { absoluteTolerance: one.absTol, relativeTolerance: one.relTol, initialSize: one.nInit };
        const vector = await vectorOf("kuo.32001.3600");
        const criterion: Criterion =
          one.kind === "net"
            ? cubQmcNet({
                ...options,
                points: (dimension) =>
                  sobol({ dimension, cell: "centre", scramble: { matrices: one.S, shift: one.shift } }),
              })
            : cubQmcLattice({
                ...options,
                periodization: one.periodization,
                points: (dimension) => lattice({ dimension, vector, shift: one.shift }),
              });
        const result = await integrate(criterion, { integrand: integrandOf(one), key: key(0) });
        expectEqual("n", result.size, one.n);
        expectEqual("converged", result.status === "converged", one.converged);
        expectEqual(
          "sizes",
          result.history.map(({ size }) => size),
          one.trace.map((row: number[]) => row[0]),
        );
        const mean = result.history.map(({ lower, upper }) => (lower[0] + upper[0]) / 2);
        const bound = result.history.map(({ lower, upper }) => (upper[0] - lower[0]) / 2);
        expectClose(
          "means",
          mean,
          one.trace.map((row: number[]) => row[1]),
          relative(file.toleranceMeanRel),
        );
        expectClose(
          "bounds",
          bound,
          one.trace.map((row: number[]) => row[2]),
          relative(file.toleranceBoundRel),
        );
        // The solution of a relative tolerance moves with the bound.
        const moved = one.relTol > 0 ? one.relTol * file.toleranceBoundRel : file.toleranceMeanRel;
        expectClose("solution", result.value, [one.solution], relative(moved));
      },
    };
  }),
];

/** bayes_cubature.json */
export const bayes: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "toleranceRel", "cases"]),
  ...file.cases.map((one: any) => {
    const name = `${one.kind}, d = ${one.d}, n = ${one.n}, order ${one.order}`;
    if (one.kind !== "lattice" && one.kind !== "net") return unknownCase(name, one.kind);
    return {
      name,
      kind: "bayes",
      async run() {
        knownKeys("case", one, [
          "kind",
          "d",
          "n",
          "order",
          "integrand",
          "mean",
          "exact",
          "rows",
          "shift",
          "periodization",
          "pointOffset",
        ]);
        if (one.integrand !== "cos(sum x_j)") throw new Error(`unknown integrand ${one.integrand}`);
        const vector = await vectorOf("kuo.32001.3600");
        const net = one.kind === "net";
        const points = net
          ? sobol({ dimension: one.d, cell: "centre", scramble: { shift: one.shift } })
          : lattice({ dimension: one.d, vector, shift: one.shift });
        const u = points.array(0, one.n);
        const { psi, weight } = periodize(one.periodization ?? "baker");
        const y = Float64Array.from({ length: one.n }, (_, i) => {
          let [sum, factor] = [0, 1];
          for (let j = 0; j < one.d; j++) {
            const x = u[i * one.d + j];
            sum += net ? x : psi(x);
            factor *= net ? 1 : weight(x);
          }
          return Math.cos(sum) * factor;
        });
        const kind = net ? "digital" : "shift";
        const within = relative(file.toleranceRel);
        const spectrum = forward(kind, y);
        const root = Math.sqrt(one.n);
        const scaled = { re: spectrum.re.map((x) => root * x), im: spectrum.im?.map((x) => root * x) };
        expectClose("mean", [scaled.re[0] / one.n], [one.mean], within);
        const kernel = bayesKernel(points, one.n, one.order);
        const fileKernel = (at: number): number => {
          if (net || one.order !== 2) return kernel[at];
          const gap = u[at] - u[at % one.d];
          const x = gap - Math.floor(gap);
          return -(x * x * (x * x - 2 * x + 1) - 1 / 30);
        };
        for (const row of one.rows) {
          knownKeys("row", row, ["theta", "lambda0", "lambdaRing0", "S", "mleLoss", "errorMLE"]);
          // The file takes C1 - 1 from a rounded C1, as its text says; near 1 that costs up to six digits, which eigenvalues
          // and what follows from them inherit. The fit is checked with that column, and the package's more exact column
          // against it within the rounding of C1. (criteria.test.ts compares the package's with rational arithmetic.)
          const rounded = new Float64Array(one.n);
          for (let i = 0; i < one.n; i++) {
            let c = 1;
            for (let j = 0; j < one.d; j++) c *= 1 + row.theta * fileKernel(i * one.d + j);
            rounded[i] = c - 1;
          }
          const fit = bayesFit(kind, rounded, scaled, "mle");
          expectClose(
            `theta ${row.theta}`,
            [fit.lambda0, fit.lambdaRing0, fit.square, fit.loss, 2.5758293035489004 * fit.width],
            [row.lambda0, row.lambdaRing0, row.S, row.mleLoss, row.errorMLE],
            within,
          );
          const column = bayesColumn(kernel, one.d, row.theta);
          expectClose("column", column, rounded, () => 2 * one.d * 2 ** -52);
        }
      },
    };
  }),
];
