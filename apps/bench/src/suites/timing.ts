/** Timing a piece of work against the peers, in turns. */
import { interleave } from "../measure/interleave.ts";
import { summarize } from "../measure/statistics.ts";
import { ours } from "../peers/ours.ts";
import { flops, type Prepared, type Work } from "../peers/work.ts";
import type { PeerValue, Row, Target } from "../results/benchResult.ts";
import type { FigureContext } from "./base.ts";
import { withoutValue, type OpenPeer } from "./openPeers.ts";
import { fromSummary, makeRow } from "./rows.ts";

/** Units in which a time can be stated, as factors of a second; GFLOP/s is a rate. */
const UNITS = { ms: 1e3, us: 1e6 } as const;

/** What to time and how to state it. */
export interface TimingOptions {
  readonly id: string;
  readonly title: string;
  readonly work: Work;
  readonly unit: keyof typeof UNITS | "GFLOP/s";
  readonly target?: Target;
  readonly beats?: readonly string[];
  readonly rounds?: number;
  readonly note?: string;
}

interface Rival {
  readonly from: OpenPeer;
  readonly prepared: Prepared;
}

/** Prepares the work with every peer; those that cannot do it say so. */
async function prepareRivals(
  work: Work,
  peers: readonly OpenPeer[],
): Promise<{ readonly rivals: Rival[]; readonly absent: PeerValue[] }> {
  const rivals: Rival[] = [];
  const absent: PeerValue[] = [];
  for (const from of peers) {
    if (from.peer === null) {
      absent.push(withoutValue(from, "not found", from.reason));
      continue;
    }
    try {
      const prepared = await from.peer.prepare(work);
      if (prepared === undefined) absent.push(withoutValue(from, "unsupported", null));
      else rivals.push({ from, prepared });
    } catch (error) {
      absent.push(withoutValue(from, "failed", String(error)));
    }
  }
  return { rivals, absent };
}

/**
 * Times the work on one thread, ours and everybody's, and returns the row. Times are processor time, so that other programs
 * on the machine disturb little.
 */
export async function timeWork(context: FigureContext, options: TimingOptions): Promise<Row> {
  const { id, title, work, unit, target, beats, rounds = 9, note } = options;
  const { signal, report } = context;
  const mine = (await ours.prepare(work)) as Prepared;
  const { rivals, absent } = await prepareRivals(work, context.peers);
  try {
    const times = await interleave([mine, ...rivals.map(({ prepared }) => prepared)], {
      rounds,
      clock: "cpu",
      signal,
      onRound: (round, all) => report(`${id}: round ${round + 1} of ${all}`),
    });
    const operations = flops(work) ?? 0;
    const state = (seconds: number): number =>
      unit === "GFLOP/s" ? operations / seconds / 1e9 : seconds * UNITS[unit];
    const measured = rivals.map(({ from }, i): PeerValue => {
      const theirs = times[i + 1];
      const ratios = summarize(theirs.map((seconds, round) => seconds / times[0][round]));
      return {
        name: from.name,
        version: from.peer?.version ?? null,
        status: "measured",
        value: summarize(theirs.map(state)).median,
        ratio: ratios.median,
        ratioSpread: [ratios.q1, ratios.q3],
        note: null,
      };
    });
    return makeRow({
      id,
      title,
      unit,
      better: unit === "GFLOP/s" ? "more" : "less",
      ...fromSummary(summarize(times[0].map(state))),
      target,
      beats,
      peers: [...measured, ...absent],
      note,
    });
  } finally {
    mine.release();
    for (const { prepared } of rivals) prepared.release();
  }
}
