/** Two integrals by Monte Carlo, by quasi-Monte Carlo, and adaptively. */
import {
  asianOption,
  cubQmcLattice,
  cubQmcNet,
  iidUniform,
  integrate,
  keister,
  lattice,
  mcClt,
  periodize,
  sobol,
  type Criterion,
  type Integrand,
  type Sequence,
} from "@ansatz/qmc";
import { distinctCitations, type Citation } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { breathe } from "../../cli/io.ts";
import type { PartContext } from "../part.ts";

/** How much the part does. */
export interface QmcSettings {
  /** Numbers of points, powers of two. */
  readonly sizes: readonly number[];
  /** Randomisations behind every error. */
  readonly replications: number;
}

export const QMC_SETTINGS: QmcSettings = { sizes: [64, 256, 1024, 4096, 16384], replications: 16 };

/** An integral that is known. */
export interface Problem {
  readonly name: string;
  readonly title: string;
  readonly integrand: Integrand;
  readonly exact: number;
  /** Absolute tolerance of the adaptive runs. */
  readonly tolerance: number;
}

function problem(name: string, title: string, integrand: Integrand, tolerance: number): Problem {
  return { name, title, integrand, exact: (integrand.exact as readonly number[])[0], tolerance };
}

/** The problems. */
export const PROBLEMS: readonly Problem[] = [
  problem(
    "Asian option",
    "a call on the geometric mean of 16 prices",
    asianOption({ dimension: 16, mean: "geometric", volatility: 0.5 }),
    0.1,
  ),
  problem("Keister", "cos |x| under a Gaussian weight, 5 dimensions", keister({ dimension: 5 }), 0.03),
];

interface Method {
  readonly name: string;
  readonly points: (dimension: number, key: Key, replications: number) => Sequence;
  readonly tent?: boolean;
}

const METHODS: readonly Method[] = [
  { name: "Monte Carlo", points: (dimension, key, replications) => iidUniform({ dimension, key, replications }) },
  {
    name: "scrambled Sobol'",
    points: (dimension, key, replications) => sobol({ dimension, key, replications, cell: "centre" }),
  },
  {
    name: "lattice with tent",
    points: (dimension, key, replications) => lattice({ dimension, key, replications }),
    tent: true,
  },
];

/** Root mean square error of one method at one number of points. */
export interface FixedRun {
  readonly problem: string;
  readonly method: string;
  readonly points: number;
  readonly error: number;
}

/** What a stopping criterion gave. */
export interface AdaptiveRun {
  readonly problem: string;
  readonly criterion: string;
  readonly value: number;
  readonly error: number;
  readonly tolerance: number;
  readonly evaluations: number;
  readonly seconds: number;
}

/** Everything that the part found. */
export interface QmcFindings {
  readonly fixed: readonly FixedRun[];
  readonly adaptive: readonly AdaptiveRun[];
  readonly citations: readonly Citation[];
}

const { psi } = periodize("baker");

async function errorsOf({ integrand, exact }: Problem, method: Method, k: Key, s: QmcSettings): Promise<number[]> {
  const { sizes, replications } = s;
  const d = integrand.dimension;
  const points = method.points(d, k, replications);
  const most = Math.max(...sizes);
  const squares = sizes.map(() => 0);
  for (let r = 0; r < replications; r++) {
    let u = Float64Array.from(points.replication(r).array(0, most));
    if (method.tent === true) u = u.map((x) => Math.min(Math.max(psi(x), 2 ** -54), 1 - 2 ** -53));
    const values = await integrand.evaluate(u);
    sizes.forEach((n, i) => {
      let sum = 0;
      for (let at = 0; at < n; at++) sum += values[at];
      squares[i] += (sum / n - exact) ** 2 / replications;
    });
  }
  return squares.map(Math.sqrt);
}

/** Runs the part. */
export async function runQmc({ key, signal, report }: PartContext, settings: QmcSettings): Promise<QmcFindings> {
  const fixed: FixedRun[] = [];
  const adaptive: AdaptiveRun[] = [];
  const citations: Citation[] = [];
  for (const [p, one] of PROBLEMS.entries()) {
    for (const [m, method] of METHODS.entries()) {
      report(`${one.name}: ${method.name}`);
      const errors = await errorsOf(one, method, key.fold(p).fold(m), settings);
      settings.sizes.forEach((points, i) => {
        fixed.push({ problem: one.name, method: method.name, points, error: errors[i] });
      });
      await breathe(signal);
    }
    const { tolerance: absoluteTolerance } = one;
    const criteria: readonly (readonly [string, Criterion])[] = [
      ["Monte Carlo, central limit theorem", mcClt({ absoluteTolerance })],
      ["adaptive net", cubQmcNet({ absoluteTolerance })],
      ["adaptive lattice", cubQmcLattice({ absoluteTolerance })],
    ];
    for (const [name, criterion] of criteria) {
      report(`${one.name}: ${name}`);
      const start = performance.now();
      const result = await integrate(criterion, { integrand: one.integrand, key: key.fold(p).fold(9) }, { signal });
      adaptive.push({
        problem: one.name,
        criterion: name,
        value: result.value[0],
        error: Math.abs(result.value[0] - one.exact),
        tolerance: absoluteTolerance,
        evaluations: result.evaluations,
        seconds: (performance.now() - start) / 1000,
      });
      citations.push(...result.citations);
    }
    for (const { points } of METHODS) citations.push(...points(1, key, 1).citations);
  }
  return { fixed, adaptive, citations: distinctCitations(citations) };
}
