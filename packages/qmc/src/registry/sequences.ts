/** Registry: sequences and tools that judge them. */
import * as papers from "../citation.ts";
import type { Method } from "./base.ts";

export const sequencesMethods: readonly Method[] = [
  {
    name: "sobol",
    factory: "sobol",
    family: "sequence",
    guarantee: "The first 2^m points are a (t, m, d)-net in base 2, also after scrambling.",
    citations: [papers.JOE_KUO, papers.MATOUSEK, papers.OWEN],
  },
  {
    name: "higher-order sobol",
    factory: "sobol",
    family: "sequence",
    guarantee: "Interlacing alpha coordinates integrates functions of smoothness alpha with error near n^-alpha.",
    citations: [papers.DICK],
  },
  {
    name: "digital net",
    factory: "digitalNet",
    family: "sequence",
    guarantee: "The net of the given generating matrices, exact to the last bit.",
    citations: [papers.NIEDERREITER],
  },
  {
    name: "lattice",
    factory: "lattice",
    family: "sequence",
    guarantee: "The first 2^m points of the natural order are a rank-1 lattice; unshifted coordinates are exact.",
    citations: [papers.COOLS_KUO_NUYENS],
  },
  {
    name: "halton",
    factory: "halton",
    family: "sequence",
    guarantee: "Coordinate j of b_j^m points is equidistributed in intervals of length b_j^-m.",
    citations: [papers.HALTON],
  },
  {
    name: "faure",
    factory: "faure",
    family: "sequence",
    guarantee: "A (0, d)-sequence in a prime base b >= d.",
    citations: [papers.FAURE],
  },
  {
    name: "digital sequence",
    factory: "digitalSequence",
    family: "sequence",
    guarantee: "The sequence of the given generating matrices over prime fields.",
    citations: [papers.NIEDERREITER],
  },
  {
    name: "latin hypercube",
    factory: "latinHypercube",
    family: "sequence",
    guarantee: "Each of n intervals of each coordinate holds one of n points.",
    citations: [papers.MCKAY],
  },
  {
    name: "iid uniform",
    factory: "iidUniform",
    family: "sequence",
    guarantee: "Independent uniform points.",
    citations: [papers.SALMON],
  },
  {
    name: "t-value",
    factory: "tValue",
    family: "quality",
    guarantee: "The exact quality parameter of a linear net in base 2.",
    citations: [papers.NIEDERREITER],
  },
  {
    name: "elementary intervals",
    factory: "elementaryIntervals",
    family: "quality",
    guarantee: "Counts every interval; points alone decide.",
    citations: [papers.NIEDERREITER],
  },
  {
    name: "discrepancy",
    factory: "discrepancy",
    family: "quality",
    guarantee: "Closed forms in O(n^2 d), within rounding.",
    citations: [papers.HICKERNELL_DISCREPANCY],
  },
  {
    name: "projection matrix",
    factory: "projectionMatrix",
    family: "quality",
    guarantee: "One square for each pair of coordinates, one dot for each point.",
    citations: [papers.JOE_KUO],
  },
];
