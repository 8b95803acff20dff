/** Options on a geometric Brownian motion. */
import { checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger, checkNumber, checkPositive } from "../check.ts";
import { brownianMotion, geometricBrownianMotion, type PathConstruction } from "../measures/brownian.ts";
import { normalCdf } from "../special/normal.ts";
import { integrand, type Integrand } from "./base.ts";

/** The market and the contract. */
export interface MarketOptions {
  /** Price at time 0; 100 when left out. */
  readonly start?: number;
  /** Strike price; 100 when left out. */
  readonly strike?: number;
  /** Interest rate; 0 when left out. */
  readonly rate?: number;
  /** Volatility sigma; 0.2 when left out. */
  readonly volatility?: number;
  /** Time of exercise; 1 when left out. */
  readonly end?: number;
  /** `"call"` (the default) or `"put"`. */
  readonly right?: "call" | "put";
}

interface Market {
  readonly start: number;
  readonly strike: number;
  readonly rate: number;
  readonly volatility: number;
  readonly end: number;
  readonly right: "call" | "put";
}

const MARKET = ["start", "strike", "rate", "volatility", "end", "right"];

function marketOf(name: string, options: MarketOptions): Market {
  const { start = 100, strike = 100, rate = 0, volatility = 0.2, end = 1, right = "call" } = options;
  checkPositive(name, "start", start);
  checkPositive(name, "strike", strike);
  checkNumber(name, "rate", rate);
  checkPositive(name, "volatility", volatility);
  checkPositive(name, "end", end);
  checkChoice(name, "right", right, ["call", "put"]);
  return { start, strike, rate, volatility, end, right };
}

/** The discounted expectation of the payoff when the logarithm of the price is normal. */
function lognormalPrice(market: Market, mean: number, variance: number): number {
  const { strike, rate, end, right } = market;
  const root = Math.sqrt(variance);
  const d = (mean - Math.log(strike)) / root;
  const forward = Math.exp(mean + variance / 2);
  const value =
    right === "call"
      ? forward * normalCdf(d + root) - strike * normalCdf(d)
      : strike * normalCdf(-d) - forward * normalCdf(-d - root);
  return Math.exp(-rate * end) * value;
}

/** Options of {@link europeanOption}. */
export interface EuropeanOptions extends MarketOptions {
  /** Number of times of the path; 1 when left out. */
  readonly dimension?: number;
  readonly construction?: PathConstruction;
}

/**
 * The discounted payoff of a European option; its expectation is the price of Black and Scholes.
 * Source: F. Black, M. Scholes, J. Political Economy 81 (1973).
 * @throws ArgumentError for dimension out of range or an unknown option
 */
export function europeanOption(options: EuropeanOptions = {}): Integrand {
  const name = "europeanOption";
  checkOptions(name, options, [...MARKET, "dimension", "construction"]);
  const market = marketOf(name, options);
  const { start, rate, volatility, end } = market;
  const d = options.dimension ?? 1;
  checkInteger(name, "dimension", d, 1);
  const payoff = payoffOf(market);
  const variance = volatility ** 2 * end;
  return integrand({
    name,
    dimension: d,
    measure: pathMeasure(market, d, options.construction),
    f: (x) => payoff(x[d - 1]),
    exact: [lognormalPrice(market, Math.log(start) + rate * end - variance / 2, variance)],
  });
}

/** Options of {@link asianOption}. */
export interface AsianOptions extends EuropeanOptions {
  /** Which mean of the path: `"arithmetic"` (the default, no exact price) or `"geometric"`. */
  readonly mean?: "arithmetic" | "geometric";
  /** `"trapezoid"` (the default): S_0 and S_d with weight 1 / (2d); `"right"`: S_1 … S_d with weight 1 / d. */
  readonly rule?: "trapezoid" | "right";
}

/**
 * The discounted payoff of an Asian option on the mean of d prices. The geometric mean is lognormal, which gives the price:
 * log mean = sum w_j log S_j with variance sigma^2 sum w_i w_j min(t_i, t_j).
 * Source: A. G. Z. Kemna, A. C. F. Vorst, J. Banking and Finance 14 (1990).
 * @throws ArgumentError for dimension out of range, an unknown option, an unknown mean or an unknown rule
 */
export function asianOption(options: AsianOptions): Integrand {
  const name = "asianOption";
  checkOptions(name, options, [...MARKET, "dimension", "construction", "mean", "rule"]);
  const market = marketOf(name, options);
  const { start, rate, volatility, end } = market;
  const d = options.dimension ?? 1;
  checkInteger(name, "dimension", d, 1);
  const { mean = "arithmetic", rule = "trapezoid" } = options;
  checkChoice(name, "mean", mean, ["arithmetic", "geometric"]);
  checkChoice(name, "rule", rule, ["trapezoid", "right"]);
  const weights = new Float64Array(d + 1).fill(1 / d);
  weights[0] = rule === "trapezoid" ? 0.5 / d : 0;
  if (rule === "trapezoid") weights[d] = 0.5 / d;
  const payoff = payoffOf(market);
  const geometric = mean === "geometric";
  return integrand({
    name,
    dimension: d,
    measure: pathMeasure(market, d, options.construction),
    f: (x) => {
      let sum = weights[0] * (geometric ? Math.log(start) : start);
      for (let j = 0; j < d; j++) sum += weights[j + 1] * (geometric ? Math.log(x[j]) : x[j]);
      return payoff(geometric ? Math.exp(sum) : sum);
    },
    exact: geometric ? [lognormalPrice(market, ...momentsOf(weights, start, rate, volatility, end))] : undefined,
  });
}

function momentsOf(
  weights: Float64Array,
  start: number,
  rate: number,
  volatility: number,
  end: number,
): [number, number] {
  const d = weights.length - 1;
  const square = volatility * volatility;
  let mean = Math.log(start);
  let variance = 0;
  let later = 0;
  // sum over i, j of w_i w_j min(t_i, t_j) = sum over steps of (weight of all later times)^2 dt.
  for (let j = d; j >= 1; j--) {
    mean += weights[j] * (rate - square / 2) * ((j * end) / d);
    later += weights[j];
    variance += (square * later * later * end) / d;
  }
  return [mean, variance];
}

function payoffOf({ strike, rate, end, right }: Market): (price: number) => number {
  const discount = Math.exp(-rate * end);
  return right === "call"
    ? (price) => discount * Math.max(0, price - strike)
    : (price) => discount * Math.max(0, strike - price);
}

function pathMeasure(
  { start, rate, volatility, end }: Market,
  dimension: number,
  construction: PathConstruction | undefined,
): ReturnType<typeof geometricBrownianMotion> {
  return geometricBrownianMotion({
    dimension,
    end,
    initial: start,
    drift: rate,
    diffusion: volatility ** 2,
    construction,
  });
}

/** One level of a telescoping sum of expectations. */
export interface MultilevelIntegrand {
  readonly name: string;
  readonly exact?: number;
  /** The difference of the approximations of level l and l - 1 (level 0: the approximation itself), with its cost per point. */
  level(l: number): { readonly integrand: Integrand; readonly cost: number };
}

/**
 * A European option by Milstein's scheme with 2^l steps on level l; fine and coarse paths share their Brownian increments.
 * Source: M. B. Giles, Oper. Res. 56 (2008).
 * @throws ArgumentError for an unknown option or a level out of range
 */
export function multilevelEuropean(options: MarketOptions = {}): MultilevelIntegrand {
  const name = "multilevelEuropean";
  checkOptions(name, options, MARKET);
  const market = marketOf(name, options);
  const { start, rate, volatility, end } = market;
  const payoff = payoffOf(market);
  const variance = volatility ** 2 * end;
  const step = (price: number, dt: number, dw: number): number =>
    price * (1 + rate * dt + volatility * dw + 0.5 * volatility * volatility * (dw * dw - dt));
  return {
    name,
    exact: lognormalPrice(market, Math.log(start) + rate * end - variance / 2, variance),
    level(l) {
      checkInteger(name, "a level", l, 0, 20);
      const d = 2 ** l;
      const dt = end / d;
      const motion = brownianMotion({ dimension: d, end });
      return {
        cost: d,
        integrand: integrand({
          name: `${name} level ${l}`,
          dimension: d,
          measure: motion,
          f: (w) => {
            let fine = start;
            for (let j = 0; j < d; j++) fine = step(fine, dt, w[j] - (j === 0 ? 0 : w[j - 1]));
            if (l === 0) return payoff(fine);
            let coarse = start;
            for (let j = 1; j < d; j += 2) coarse = step(coarse, 2 * dt, w[j] - (j === 1 ? 0 : w[j - 2]));
            return payoff(fine) - payoff(coarse);
          },
        }),
      };
    },
  };
}
