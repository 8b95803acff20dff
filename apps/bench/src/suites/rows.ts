/** Making rows and their verdicts. */
import { load } from "../measure/environment.ts";
import type { Summary } from "../measure/statistics.ts";
import { meets, type PeerValue, type Row, type Target, type Verdict } from "../results/benchResult.ts";

/** What a figure says about a number; the rest of the row follows from it. */
export interface RowFacts extends Pick<Row, "id" | "title" | "unit" | "better" | "value"> {
  readonly spread?: Row["spread"];
  readonly runs?: number;
  readonly target?: Target;
  readonly peers?: readonly PeerValue[];
  /** Peers that have to be slower, where they were measured. */
  readonly beats?: readonly string[];
  /** Missing the target on a busy machine is reported, not counted as a failure. */
  readonly needsIdleMachine?: boolean;
  readonly note?: string;
  readonly curves?: Row["curves"];
  readonly pictures?: Row["pictures"];
}

/** One-minute load average above which the machine counts as busy: this process alone makes about 1. */
const BUSY = 1.5;

function verdict(facts: RowFacts, busy: boolean): Verdict {
  const { value, target, beats, peers = [], needsIdleMachine = false } = facts;
  if (value === null) return "skipped";
  if (target === undefined && beats === undefined) return "measured";
  const rivals = peers.filter(({ name, ratio }) => beats?.includes(name) === true && ratio !== null);
  const good = (target === undefined || meets(value, target)) && rivals.every(({ ratio }) => (ratio ?? 0) > 1);
  if (good) return "pass";
  return needsIdleMachine && busy ? "missed" : "fail";
}

/** A row; its figure is the part of the id before the first point. */
export function makeRow(facts: RowFacts): Row {
  const now = load();
  return {
    id: facts.id,
    figure: facts.id.split(".")[0],
    title: facts.title,
    unit: facts.unit,
    better: facts.better,
    value: facts.value,
    spread: facts.spread ?? null,
    runs: facts.runs ?? 1,
    target: facts.target ?? null,
    peers: facts.peers ?? [],
    verdict: verdict(facts, now > BUSY),
    note: facts.note ?? null,
    load: now,
    ...(facts.curves === undefined ? {} : { curves: facts.curves }),
    ...(facts.pictures === undefined ? {} : { pictures: facts.pictures }),
  };
}

/** Value, spread and runs of a row from a summary. */
export function fromSummary({ median, q1, q3, runs }: Summary): Required<Pick<RowFacts, "value" | "spread" | "runs">> {
  return { value: median, spread: q1 < q3 ? [q1, q3] : [q3, q1], runs };
}
