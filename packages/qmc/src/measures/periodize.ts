/** Periodising transforms of the unit interval. */
import { checkChoice } from "../check.ts";

/** Names, from the least smooth to the smoothest. */
export type PeriodizationName = "baker" | "c0" | "c1" | "c1sin" | "c2sin" | "c3sin";

/** A change of variable x = psi(u) with weight psi'(u): the integral of f is that of f(psi(u)) weight(u). */
export interface Periodization {
  readonly name: PeriodizationName;
  psi(x: number): number;
  weight(x: number): number;
}

const PI = Math.PI;

const TABLE: Readonly<Record<PeriodizationName, Omit<Periodization, "name">>> = {
  baker: { psi: (x) => 1 - Math.abs(2 * x - 1), weight: () => 1 },
  c0: { psi: (x) => x * x * (3 - 2 * x), weight: (x) => 6 * x * (1 - x) },
  c1: { psi: (x) => x ** 3 * (10 - 15 * x + 6 * x * x), weight: (x) => 30 * (x * (1 - x)) ** 2 },
  c1sin: { psi: (x) => x - Math.sin(2 * PI * x) / (2 * PI), weight: (x) => 2 * Math.sin(PI * x) ** 2 },
  c2sin: {
    psi: (x) => (8 - 9 * Math.cos(PI * x) + Math.cos(3 * PI * x)) / 16,
    weight: (x) => (PI / 16) * (9 * Math.sin(PI * x) - 3 * Math.sin(3 * PI * x)),
  },
  c3sin: {
    psi: (x) => (12 * PI * x - 8 * Math.sin(2 * PI * x) + Math.sin(4 * PI * x)) / (12 * PI),
    // The derivative of sin(4 pi x) has the cosine: QMCPy 2.x takes the sine and is wrong here.
    weight: (x) => (12 * PI - 16 * PI * Math.cos(2 * PI * x) + 4 * PI * Math.cos(4 * PI * x)) / (12 * PI),
  },
};

/**
 * A periodising transform: the tent ("baker"), or one whose weight vanishes at 0 and 1 together with its derivatives, so that
 * f(psi) psi' continues periodically as smoothly as the name says.
 * Sources: F. J. Hickernell, MCQMC 2002 (baker); A. Sidi, 1993 (sine); N. M. Korobov (polynomial).
 * @throws ArgumentError for another name
 */
export function periodize(name: PeriodizationName): Periodization {
  checkChoice("periodize", "transform", name, ["baker", "c0", "c1", "c1sin", "c2sin", "c3sin"]);
  return { name, ...TABLE[name] };
}
