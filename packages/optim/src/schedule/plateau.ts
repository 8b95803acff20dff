/** A rate that falls when a measured value stops falling. */
import { ArgumentError } from "@ansatz/tensor";
import { checkCount, checkNonNegative, checkPositive, settings, type Check, type Fields } from "../check.ts";

/** Options of {@link plateau}. */
export interface PlateauOptions {
  /** Rate at the start, > 0. */
  readonly rate: number;
  /** Factor of the rate on a plateau, in (0, 1); 0.1 when left out. */
  readonly factor?: number;
  /** Values without improvement that are tolerated; 10 when left out. */
  readonly patience?: number;
  /** A value improves when it is below `best - threshold * |best|`; 1e-4 when left out. */
  readonly threshold?: number;
  /** Values after a change that do not count; 0 when left out. */
  readonly cooldown?: number;
  /** Least rate, >= 0; 0 when left out. */
  readonly least?: number;
}

/** State of a {@link plateau} between two values: plain data. */
export interface PlateauState {
  /** The rate to use now. */
  readonly rate: number;
  /** Least value so far; infinite before the first. */
  readonly best: number;
  /** Values since the last improvement or change. */
  readonly waited: number;
  /** Values that do not count any more. */
  readonly cooling: number;
}

/** A rate that reacts to values. */
export interface Plateau {
  init(): PlateauState;
  /** Takes the next value into account, for example the loss on held-back data after an epoch. */
  step(state: PlateauState, value: number): PlateauState;
}

const checkFactor: Check = (name, field, value) => {
  if (!(typeof value === "number" && value > 0 && value < 1)) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a number in (0, 1)).`);
  }
};

const FIELDS: Fields<Required<PlateauOptions>> = {
  rate: [Number.NaN, checkPositive],
  factor: [0.1, checkFactor],
  patience: [10, (name, field, value) => checkCount(name, field, value, 0)],
  threshold: [1e-4, checkNonNegative],
  cooldown: [0, (name, field, value) => checkCount(name, field, value, 0)],
  least: [0, checkNonNegative],
};

/**
 * Multiplies the rate by `factor` after more than `patience` values without improvement. The rules are those of
 * torch.optim.lr_scheduler.ReduceLROnPlateau with a relative threshold; a value that is not a number never improves.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const rule = plateau({ rate: 1e-3 });
 * let state = rule.init();
 * state = rule.step(state, heldBackLoss); // use state.rate from now on
 */
export function plateau(options: PlateauOptions): Plateau {
  const name = "plateau";
  const { rate, factor, patience, threshold, cooldown, least } = settings(name, options, FIELDS);
  return {
    init: () => ({ rate, best: Infinity, waited: 0, cooling: 0 }),
    step(state, value) {
      if (typeof value !== "number") {
        throw new ArgumentError(`${name}: value must be a number (got ${typeof value}).`);
      }
      // An infinite best minus a share of itself would be no number.
      const margin = Number.isFinite(state.best) ? threshold * Math.abs(state.best) : 0;
      const better = value < state.best - margin;
      const cooling = Math.max(0, state.cooling - 1);
      const waited = better || state.cooling > 0 ? 0 : state.waited + 1;
      const best = better ? value : state.best;
      if (waited <= patience) return { rate: state.rate, best, waited, cooling };
      return { rate: Math.max(least, state.rate * factor), best, waited: 0, cooling: cooldown };
    },
  };
}
