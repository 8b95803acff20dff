/** Registry: special functions and models. */
import * as papers from "../citation.ts";
import type { Method } from "./base.ts";

export const specialMethods: readonly Method[] = [
  {
    name: "normal quantile",
    factory: "normalQuantile",
    family: "special",
    guarantee: "Relative error about 1e-15 from 1e-300 to 1 - 2^-53.",
    citations: [papers.WICHURA],
  },
  {
    name: "normal cdf",
    factory: "normalCdf",
    family: "special",
    guarantee: "Relative error about 1e-15 in both tails.",
    citations: [papers.ABRAMOWITZ],
  },
  {
    name: "normal density",
    factory: "normalDensity",
    family: "special",
    guarantee: "Within rounding of the exponential.",
    citations: [papers.ABRAMOWITZ],
  },
  {
    name: "student quantile",
    factory: "studentQuantile",
    family: "special",
    guarantee: "Relative error about 1e-12.",
    citations: [papers.ABRAMOWITZ],
  },
  {
    name: "student cdf",
    factory: "studentCdf",
    family: "special",
    guarantee: "Relative error about 1e-12.",
    citations: [papers.ABRAMOWITZ],
  },
  {
    name: "student density",
    factory: "studentDensity",
    family: "special",
    guarantee: "Relative error about 1e-13.",
    citations: [papers.ABRAMOWITZ],
  },
  {
    name: "log gamma",
    factory: "logGamma",
    family: "special",
    guarantee: "Error a few units of 1e-16 times max(1, |value|).",
    citations: [papers.ABRAMOWITZ],
  },
];
