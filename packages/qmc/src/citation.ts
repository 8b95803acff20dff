/** Papers behind the methods, as data. */

/** A paper. */
export interface Citation {
  readonly title: string;
  readonly authors: string;
  readonly year: number;
  readonly url: string;
}

/** Joe and Kuo: direction numbers. */
export const JOE_KUO: Citation = {
  title: "Constructing Sobol Sequences with Better Two-Dimensional Projections",
  authors: "Stephen Joe, Frances Y. Kuo",
  year: 2008,
  url: "https://doi.org/10.1137/070709359",
};

/** Niederreiter: digital nets. */
export const NIEDERREITER: Citation = {
  title: "Random Number Generation and Quasi-Monte Carlo Methods",
  authors: "Harald Niederreiter",
  year: 1992,
  url: "https://doi.org/10.1137/1.9781611970081",
};

/** Matoušek: linear matrix scrambling. */
export const MATOUSEK: Citation = {
  title: "On the L2-Discrepancy for Anchored Boxes",
  authors: "Jiří Matoušek",
  year: 1998,
  url: "https://doi.org/10.1006/jcom.1998.0489",
};

/** Owen: nested uniform scrambling. */
export const OWEN: Citation = {
  title: "Randomly Permuted (t,m,s)-Nets and (t,s)-Sequences",
  authors: "Art B. Owen",
  year: 1995,
  url: "https://doi.org/10.1007/978-1-4612-2552-2_19",
};

/** Laine and Karras: the nested hash. */
export const LAINE_KARRAS: Citation = {
  title: "Stratified Sampling for Stochastic Transparency",
  authors: "Samuli Laine, Tero Karras",
  year: 2011,
  url: "https://doi.org/10.1111/j.1467-8659.2011.01978.x",
};

/** Dick: higher-order nets. */
export const DICK: Citation = {
  title: "Walsh Spaces Containing Smooth Functions and Quasi-Monte Carlo Rules of Arbitrary High Order",
  authors: "Josef Dick",
  year: 2008,
  url: "https://doi.org/10.1137/060666639",
};

/** Halton. */
export const HALTON: Citation = {
  title: "On the Efficiency of Certain Quasi-Random Sequences of Points in Evaluating Multi-Dimensional Integrals",
  authors: "John H. Halton",
  year: 1960,
  url: "https://doi.org/10.1007/BF01386213",
};

/** Faure. */
export const FAURE: Citation = {
  title: "Discrépance de suites associées à un système de numération (en dimension s)",
  authors: "Henri Faure",
  year: 1982,
  url: "https://doi.org/10.4064/aa-41-4-337-351",
};

/** Cools, Kuo, Nuyens: embedded lattice rules. */
export const COOLS_KUO_NUYENS: Citation = {
  title: "Constructing Embedded Lattice Rules for Multivariate Integration",
  authors: "Ronald Cools, Frances Y. Kuo, Dirk Nuyens",
  year: 2006,
  url: "https://doi.org/10.1137/06065074X",
};

/** McKay, Beckman, Conover: Latin hypercubes. */
export const MCKAY: Citation = {
  title:
    "A Comparison of Three Methods for Selecting Values of Input Variables in the Analysis of Output from a Computer Code",
  authors: "Michael D. McKay, Richard J. Beckman, William J. Conover",
  year: 1979,
  url: "https://doi.org/10.2307/1268522",
};

/** Salmon and others: counter-based random numbers. */
export const SALMON: Citation = {
  title: "Parallel Random Numbers: As Easy as 1, 2, 3",
  authors: "John K. Salmon, Mark A. Moraes, Ron O. Dror, David E. Shaw",
  year: 2011,
  url: "https://doi.org/10.1145/2063384.2063405",
};

/** Hickernell: discrepancies. */
export const HICKERNELL_DISCREPANCY: Citation = {
  title: "A Generalized Discrepancy and Quadrature Error Bound",
  authors: "Fred J. Hickernell",
  year: 1998,
  url: "https://doi.org/10.1090/S0025-5718-98-00894-1",
};
