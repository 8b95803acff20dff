/** The file format of a benchmark's result. */
import { z } from "zod";
import type { Environment } from "../measure/environment.ts";

/** What a number has to satisfy. */
export interface Target {
  readonly relation: "<=" | ">=" | "<" | ">" | "=";
  readonly value: number;
}

/** The same work done by somebody else in the same run. */
export interface PeerValue {
  readonly name: string;
  readonly version: string | null;
  /** `unsupported`: the peer has no such operation. */
  readonly status: "measured" | "not found" | "unsupported" | "failed";
  readonly value: number | null;
  /** How many times better ours is: above 1 for us. Median over interleaved pairs. */
  readonly ratio: number | null;
  /** Quartiles of that ratio. */
  readonly ratioSpread: readonly [number, number] | null;
  readonly note: string | null;
}

/**
 * `missed`: a goal for several threads that was missed while the machine was busy; reported, not a failure. `measured`:
 * there is no goal.
 */
export type Verdict = "pass" | "fail" | "missed" | "measured" | "skipped";

/** A line of a plot, both axes logarithmic; those of a figure's rows with the same axes are drawn into one plot. */
export interface Curve {
  readonly name: string;
  /** Labels of the axes. */
  readonly x: string;
  readonly y: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a number looks like. */
export interface Picture {
  readonly name: string;
  /** In base64. */
  readonly png: string;
}

/** One measured number. */
export interface Row {
  /** Unique within the result, such as `D1.1024`. */
  readonly id: string;
  /** The figure it belongs to, such as `D1`. */
  readonly figure: string;
  readonly title: string;
  readonly unit: string;
  /** Which direction is good. */
  readonly better: "less" | "more" | "equal";
  /** Null when it could not be measured; the note says why. */
  readonly value: number | null;
  /** Quartiles, where the value is a median. */
  readonly spread: readonly [number, number] | null;
  /** Number of measurements behind the value. */
  readonly runs: number;
  readonly target: Target | null;
  readonly peers: readonly PeerValue[];
  readonly verdict: Verdict;
  readonly note: string | null;
  /** One-minute load average when it was measured. */
  readonly load: number;
  /** What led to the number. */
  readonly curves?: readonly Curve[];
  /** Pictures of this and of what it is compared with. */
  readonly pictures?: readonly Picture[];
}

/** The result of one run of a suite. */
export interface BenchResult {
  readonly format: "ansatz-bench/1";
  readonly suite: string;
  /** ISO 8601. */
  readonly created: string;
  readonly seconds: number;
  readonly seed: number;
  readonly device: string;
  readonly environment: Environment;
  readonly rows: readonly Row[];
}

const pair = z.tuple([z.number(), z.number()]);

const environment = z.object({
  cpu: z.string(),
  threads: z.number(),
  memoryGiB: z.number(),
  system: z.string(),
  node: z.string(),
  v8: z.string(),
  commit: z.string().nullable(),
  load: z.number(),
  packages: z.record(z.string(), z.string()),
});

const peer = z.object({
  name: z.string(),
  version: z.string().nullable(),
  status: z.enum(["measured", "not found", "unsupported", "failed"]),
  value: z.number().nullable(),
  ratio: z.number().nullable(),
  ratioSpread: pair.nullable(),
  note: z.string().nullable(),
});

const curve = z.object({ name: z.string(), x: z.string(), y: z.string(), points: z.array(pair) });

const row = z.object({
  id: z.string(),
  figure: z.string(),
  title: z.string(),
  unit: z.string(),
  better: z.enum(["less", "more", "equal"]),
  value: z.number().nullable(),
  spread: pair.nullable(),
  runs: z.number(),
  target: z.object({ relation: z.enum(["<=", ">=", "<", ">", "="]), value: z.number() }).nullable(),
  peers: z.array(peer),
  verdict: z.enum(["pass", "fail", "missed", "measured", "skipped"]),
  note: z.string().nullable(),
  load: z.number(),
  curves: z.array(curve).exactOptional(),
  pictures: z.array(z.object({ name: z.string(), png: z.base64() })).exactOptional(),
});

/** Checks that a value is a {@link BenchResult}. */
export const benchResultSchema: z.ZodType<BenchResult> = z.strictObject({
  format: z.literal("ansatz-bench/1"),
  suite: z.string(),
  created: z.iso.datetime(),
  seconds: z.number(),
  seed: z.number(),
  device: z.string(),
  environment,
  rows: z.array(row),
});

/** Whether a number satisfies a target. */
export function meets(value: number, { relation, value: goal }: Target): boolean {
  switch (relation) {
    case "<=":
      return value <= goal;
    case ">=":
      return value >= goal;
    case "<":
      return value < goal;
    case ">":
      return value > goal;
    case "=":
      return value === goal;
  }
}
