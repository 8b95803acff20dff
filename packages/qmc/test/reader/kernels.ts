/** Readers of the files about kernels and integrands. */
import {
  asianOption,
  boxIntegral,
  digitalKernel,
  europeanOption,
  fastGram,
  genz,
  genzCoefficients,
  ishigami,
  keister,
  lattice,
  shiftInvariantKernel,
  sobol,
  sobolG,
} from "@ansatz/qmc";
import {
  absolute,
  expectClose,
  knownKeys,
  relative,
  relativeToLargest,
  unknownCase,
  unknownSections,
  type GoldenReader,
} from "@ansatz/golden";
import { vectorOf } from "./points.ts";

/** kernels1d.json */
export const kernels1d: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "toleranceAbs", "si", "dsi"]),
  ...Object.entries<any>(file.si.alpha).map(([alpha, values]) => ({
    name: `shift-invariant, alpha = ${alpha}`,
    kind: "kernels",
    run() {
      const kernel = shiftInvariantKernel({ dimension: 1, alpha: Number(alpha) });
      expectClose(
        "K",
        file.si.x.map((x: number) => kernel.part(0, x, 0)),
        values,
        absolute(file.toleranceAbs),
      );
    },
  })),
  ...Object.entries<any>(file.dsi.alpha).map(([alpha, values]) => ({
    name: `digitally shift-invariant, alpha = ${alpha}`,
    kind: "kernels",
    run() {
      const kernel = digitalKernel({ dimension: 1, alpha: Number(alpha) });
      const within = absolute(file.toleranceAbs);
      expectClose(
        "K of digits",
        file.dsi.xb.map((x: number) => kernel.partOfDigits(0, x, 0)),
        values,
        within,
      );
      const scale = 2 ** file.dsi.t;
      expectClose(
        "K of numbers",
        file.dsi.xb.map((x: number) => kernel.part(0, x / scale, 0)),
        values,
        within,
      );
    },
  })),
];

/** gram.json */
export const grams: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "toleranceRel", "cases"]),
  ...file.cases.map((one: any) => {
    const name = `${one.kind}, n = ${one.n}, d = ${one.alpha.length}`;
    if (one.kind !== "lattice" && one.kind !== "net") return unknownCase(name, one.kind);
    return {
      name,
      kind: "gram",
      async run() {
        knownKeys("case", one, [
          "kind",
          "n",
          "alpha",
          "gamma",
          "scale",
          "nugget",
          "v",
          "firstColumn",
          "eigenvalues",
          "Kv",
          "solve",
          "logdet",
          "nll",
          "shift",
          "shiftBits",
        ]);
        const options = { alpha: one.alpha, weights: one.gamma, scale: one.scale };
        const dimension = one.alpha.length;
        const [kernel, points] =
          one.kind === "lattice"
            ? [
                shiftInvariantKernel(options),
                lattice({ dimension, vector: await vectorOf("kuo.32001.3600"), shift: one.shift }),
              ]
            : [digitalKernel(options), sobol({ dimension, scramble: { shift: one.shiftBits } })];
        const gram = fastGram({ kernel, points, size: one.n });
        const whole = gram.withNugget(one.nugget);
        const check = (what: string, got: ArrayLike<number>, expected: number[]): void => {
          expectClose(what, got, expected, relativeToLargest(file.toleranceRel, expected));
        };
        check("first column", gram.firstColumn, one.firstColumn);
        check("eigenvalues", gram.eigenvalues, one.eigenvalues);
        check("K v", gram.multiply(one.v), one.Kv);
        check("solve", whole.solve(one.v), one.solve);
        check("log det", [whole.logDeterminant()], [one.logdet]);
        check("likelihood", [whole.negativeLogLikelihood(one.v)], [one.nll]);
        const doubled = fastGram({ kernel, points, size: one.n / 2 }).doubled();
        check("doubled", doubled.eigenvalues, one.eigenvalues);
      },
    };
  }),
];

/** integrands.json */
export const integrands: GoldenReader = (file) => {
  const within = relative(file.toleranceRel);
  const one = (name: string, kind: string, run: () => void | Promise<void>) => ({ name, kind, run });
  return [
    ...unknownSections(file, [
      "source",
      "about",
      "toleranceRel",
      "keister",
      "keisterValues",
      "genz",
      "genzCoefficients",
      "options",
      "boxIntegral3d",
      "ishigami",
      "sobolG",
    ]),
    ...file.keister.map((row: any) =>
      one(`keister, d = ${row.d}`, "keister", () => {
        knownKeys("keister", row, ["d", "exact"]);
        expectClose("exact", keister({ dimension: row.d }).exact!, [row.exact], within);
      }),
    ),
    one("keister's values", "keister", async () => {
      const { u, f } = file.keisterValues;
      const values = await keister({ dimension: u[0].length }).evaluate(Float64Array.from(u.flat()));
      expectClose("f", values, f, within);
    }),
    ...file.genz.map((row: any) =>
      one(`genz ${row.func} ${row.coeff}, d = ${row.d}`, "genz", () => {
        knownKeys("genz", row, ["func", "coeff", "d", "exact"]);
        const { exact } = genz({ dimension: row.d, kind: row.func, coefficients: row.coeff });
        expectClose("exact", exact!, [row.exact], within);
      }),
    ),
    ...file.genzCoefficients.map((row: any) =>
      one(`coefficients of genz ${row.func} ${row.coeff}`, "genz", () => {
        const c = genzCoefficients({ dimension: row.d, kind: row.func, coefficients: row.coeff });
        expectClose("c", c, row.c, within);
      }),
    ),
    ...file.options.map((row: any) =>
      one(`options, d = ${row.d}, strike ${row.K}`, "options", () => {
        knownKeys("options", row, [
          "S0",
          "K",
          "r",
          "sigma",
          "T",
          "d",
          "europeanCall",
          "europeanPut",
          "asianGeometricTrapCall",
          "asianGeometricRightCall",
        ]);
        const market = {
          start: row.S0,
          strike: row.K,
          rate: row.r,
          volatility: row.sigma,
          end: row.T,
          dimension: row.d,
        };
        const exact = [
          europeanOption(market),
          europeanOption({ ...market, right: "put" }),
          asianOption({ ...market, mean: "geometric" }),
          asianOption({ ...market, mean: "geometric", rule: "right" }),
        ].map((option) => option.exact![0]);
        const expected = [row.europeanCall, row.europeanPut, row.asianGeometricTrapCall, row.asianGeometricRightCall];
        expectClose("prices", exact, expected, within);
      }),
    ),
    ...file.boxIntegral3d.map((row: any) =>
      one(`box integral, s = ${row.s}`, "box", () => {
        expectClose("exact", boxIntegral({ dimension: 3, exponent: row.s }).exact!, [row.exact], within);
      }),
    ),
    one("ishigami", "sensitivity", () => {
      const { a, b, mean, variance, closed, total } = file.ishigami;
      knownKeys("ishigami", file.ishigami, ["a", "b", "mean", "variance", "closed", "total", "about"]);
      const f = ishigami({ a, b });
      expectClose("numbers", [f.exact![0], f.variance], [mean, variance], within);
      expectClose("closed", f.closed, closed, within);
      expectClose("total", f.total, total, within);
    }),
    one("sobol's g", "sensitivity", () => {
      const { a, mean, variance, closed, total } = file.sobolG;
      knownKeys("sobolG", file.sobolG, ["a", "mean", "variance", "closed", "total", "about"]);
      const f = sobolG({ a });
      expectClose("numbers", [f.exact![0], f.variance], [mean, variance], within);
      expectClose("closed", f.closed, closed, within);
      expectClose("total", f.total, total, within);
    }),
  ];
};
