/** What the samplers with momentum share: their orders, and the momentum itself. */
import { ArgumentError } from "@ansatz/tensor";
import type { PlanBuilder } from "../plan/builder.ts";
import type { Term, Value } from "../plan/plan.ts";
import { ADAMS_BASHFORTH } from "./pndm.ts";

/** An order in the sense of the paper: `points - 1 + beta`. */
export interface FractionalOrder {
  /** k, the number of predictions in one step. */
  readonly points: number;
  /** Damping beta in (0, 1]; 1 is no momentum. */
  readonly beta: number;
}

/** Smallest damping: the coefficients grow like 1/beta. */
const SMALLEST_BETA = 0.05;

/**
 * Splits an order into points and damping: 2.7 is three points with beta = 0.7, 3 is three points with beta = 1.
 * @param most the largest number of points
 * @throws ArgumentError for orders outside (0, most] or a damping below 0.05
 */
export function fractionalOrder(name: string, order: number, most: number): FractionalOrder {
  const points = Math.ceil(order);
  // An integer is k points without momentum; the difference is exact up to the rounding of the decimal fraction.
  const beta = order - (points - 1);
  if (!(points >= 1 && points <= most && beta >= SMALLEST_BETA)) {
    throw new ArgumentError(
      `${name}: order is out of range (got ${order}, expected 0 < order <= ${most} with a fractional part of at least ${SMALLEST_BETA} or none).`,
    );
  }
  return { points, beta };
}

/** A velocity `v <- (1 - beta) v + beta p`, which starts as the first value it is given. */
export function velocity(builder: PlanBuilder, beta: number): (p: readonly Term[], first: Value) => Value {
  let v: Value | undefined;
  return (p, first) => {
    v = v === undefined ? first : builder.combine([[1 - beta, v], ...p.map(([c, value]): Term => [beta * c, value])]);
    return v;
  };
}

/** The last predictions with Adams-Bashforth weights for equal steps, newest first. */
export function adamsBashforthTerms(history: readonly Value[]): Term[] {
  const weights = ADAMS_BASHFORTH[history.length - 1];
  return history.map((value, i): Term => [weights[i], value]);
}
