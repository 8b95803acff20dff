/** Readers of the files about transforms. */
import {
  brownianMotion,
  continuousBernoulli,
  fftBitReversed,
  fwht,
  gaussian,
  geometricBrownianMotion,
  ifftBitReversed,
  johnsonSU,
  kumaraswamy,
  normalQuantile,
  periodize,
  uniformMeasure,
  type Measure,
} from "@ansatz/qmc";
import {
  absolute,
  expectClose,
  knownKeys,
  relative,
  unknownCase,
  unknownSections,
  type GoldenReader,
} from "@ansatz/golden";

/** measures.json */
export const measures: GoldenReader = (file) => {
  const within = relative(file.toleranceRel);
  const product = (name: string, measure: Measure, one: any) => ({
    name,
    kind: name,
    run() {
      expectClose("x", measure.transform(one.u.flat()), one.x.flat(), within);
      const density = measure.density(one.x.flat());
      expectClose("density", density, Array.isArray(one.density) ? one.density : one.u.map(() => one.density), within);
    },
  });
  const { normalQuantile: q, gaussian: g, brownianMotion: b, geometricBrownianMotion: geo, periodization } = file;
  const motion = (construction: "pca" | "cholesky") =>
    brownianMotion({
      dimension: b.d,
      end: b.tFinal,
      initial: b.initial,
      drift: b.drift,
      diffusion: b.diffusion,
      construction,
    });
  /** Column k of the factor is the image of unit vector k, minus the mean. */
  const factorOf = (fromNormal: (z: number[]) => Float64Array, d: number): number[] => {
    const mean = fromNormal(new Array(d).fill(0));
    const columns = Array.from({ length: d }, (_, k) =>
      fromNormal(Array.from({ length: d }, (_, j) => (j === k ? 1 : 0))),
    );
    return Array.from({ length: d * d }, (_, i) => columns[i % d][Math.floor(i / d)] - mean[Math.floor(i / d)]);
  };
  const factorWithin = absolute(1e-12);
  return [
    ...unknownSections(file, [
      "source",
      "about",
      "toleranceRel",
      "normalQuantile",
      "gaussian",
      "brownianMotion",
      "geometricBrownianMotion",
      "kumaraswamy",
      "continuousBernoulli",
      "johnsonSU",
      "uniform",
      "periodization",
    ]),
    {
      name: "normal quantile",
      kind: "normal quantile",
      run() {
        knownKeys("normalQuantile", q, ["p", "x", "toleranceRel"]);
        expectClose("x", q.p.map(normalQuantile), q.x, relative(q.toleranceRel));
      },
    },
    {
      name: "gaussian",
      kind: "gaussian",
      run() {
        knownKeys("gaussian", g, [
          "mean",
          "cov",
          "u",
          "pcaFactor",
          "choleskyFactor",
          "xPCA",
          "xCholesky",
          "densityPCA",
          "about",
        ]);
        const pca = gaussian({ mean: g.mean, covariance: g.cov });
        const lower = gaussian({ mean: g.mean, covariance: g.cov, factor: "cholesky" });
        const d = g.mean.length;
        expectClose("PCA factor", factorOf(pca.fromNormal, d), g.pcaFactor.flat(), factorWithin);
        expectClose("Cholesky factor", factorOf(lower.fromNormal, d), g.choleskyFactor.flat(), factorWithin);
        expectClose("PCA", pca.transform(g.u.flat()), g.xPCA.flat(), within);
        expectClose("Cholesky", lower.transform(g.u.flat()), g.xCholesky.flat(), within);
        expectClose("density", pca.density(g.xPCA.flat()), g.densityPCA, within);
      },
    },
    {
      name: "Brownian motion",
      kind: "Brownian motion",
      run() {
        knownKeys("brownianMotion", b, [
          "d",
          "tFinal",
          "initial",
          "drift",
          "diffusion",
          "u",
          "times",
          "pcaFactor",
          "xPCA",
          "xCholesky",
          "about",
        ]);
        expectClose("times", motion("pca").times, b.times, within);
        expectClose("PCA factor", factorOf(motion("pca").fromNormal, b.d), b.pcaFactor.flat(), factorWithin);
        expectClose("PCA", motion("pca").transform(b.u.flat()), b.xPCA.flat(), within);
        expectClose("Cholesky", motion("cholesky").transform(b.u.flat()), b.xCholesky.flat(), within);
      },
    },
    {
      name: "geometric Brownian motion",
      kind: "geometric Brownian motion",
      run() {
        knownKeys("geometric", geo, ["d", "tFinal", "initial", "drift", "diffusion", "u", "xPCA", "about"]);
        const { d: dimension, tFinal: end, initial, drift, diffusion } = geo;
        const measure = geometricBrownianMotion({ dimension, end, initial, drift, diffusion });
        expectClose("PCA", measure.transform(geo.u.flat()), geo.xPCA.flat(), within);
      },
    },
    product("Kumaraswamy", kumaraswamy({ a: file.kumaraswamy.a, b: file.kumaraswamy.b }), file.kumaraswamy),
    product(
      "continuous Bernoulli",
      continuousBernoulli({ lambda: file.continuousBernoulli.lambda }),
      file.continuousBernoulli,
    ),
    product(
      "Johnson SU",
      johnsonSU({
        gamma: file.johnsonSU.gamma,
        xi: file.johnsonSU.xi,
        delta: file.johnsonSU.delta,
        lambda: file.johnsonSU.lambda,
      }),
      file.johnsonSU,
    ),
    product("uniform", uniformMeasure({ lower: file.uniform.lower, upper: file.uniform.upper }), file.uniform),
    ...Object.keys(periodization)
      .filter((name) => name !== "x")
      .map((name: any) => {
        if (!["baker", "c0", "c1", "c1sin", "c2sin", "c3sin"].includes(name)) return unknownCase(name, name);
        return {
          name: `periodisation ${name}`,
          kind: "periodisation",
          run() {
            const { psi, weight } = periodize(name);
            knownKeys(name, periodization[name], ["psi", "weight"]);
            expectClose("psi", periodization.x.map(psi), periodization[name].psi, within);
            expectClose("weight", periodization.x.map(weight), periodization[name].weight, within);
          },
        };
      }),
  ];
};

/** transforms.json */
export const transforms: GoldenReader = (file) => [
  ...unknownSections(file, ["source", "about", "toleranceAbs", "cases"]),
  ...file.cases.map((one: any) => ({
    name: `n = ${one.n}`,
    kind: "transforms",
    run() {
      knownKeys("case", one, ["n", "re", "im", "fwhtOfRe", "fftbrRe", "fftbrIm"]);
      const within = absolute(file.toleranceAbs);
      const walsh = fwht(Float64Array.from(one.re));
      expectClose("fwht", walsh, one.fwhtOfRe, within);
      expectClose("fwht twice", fwht(walsh), one.re, within);
      const [re, im] = [Float64Array.from(one.re), Float64Array.from(one.im)];
      fftBitReversed(re, im);
      expectClose("fftbr, real", re, one.fftbrRe, within);
      expectClose("fftbr, imaginary", im, one.fftbrIm, within);
      const [backRe, backIm] = [Float64Array.from(one.fftbrRe), Float64Array.from(one.fftbrIm)];
      ifftBitReversed(backRe, backIm);
      expectClose("ifftbr, real", backRe, one.re, within);
      expectClose("ifftbr, imaginary", backIm, one.im, within);
    },
  })),
];
