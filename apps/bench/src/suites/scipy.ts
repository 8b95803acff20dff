/** SciPy, NumPy included, as the contender of figures about speed: scripts that prepare and time pieces of work. */
import { interleave, type Contender } from "../measure/interleave.ts";
import { summarize } from "../measure/statistics.ts";
import { openPython, type Python } from "../peers/python.ts";
import type { PeerValue, Row, Target } from "../results/benchResult.ts";
import type { FigureContext } from "./base.ts";
import { fromSummary, makeRow } from "./rows.ts";

const NAME = "SciPy";

/** Runs `use` with a script of SciPy's answers, or with null where there is none. */
export async function withScipy<T>(script: URL, use: (python: Python | null) => Promise<T>): Promise<T> {
  let python: Python | null = null;
  try {
    python = await openPython(script, NAME);
  } catch {
    // Then there is nobody to compare with.
  }
  try {
    return await use(python);
  } finally {
    python?.close();
  }
}

/** A comparison. */
export interface RatioOptions {
  readonly id: string;
  readonly title: string;
  readonly mine: Contender;
  /** What the script is asked to prepare. */
  readonly theirs: object;
  /** What to call it; SciPy when left out. */
  readonly rival?: string;
  /** How the ratio is stated: our time over theirs, or theirs over ours. */
  readonly ratio: "time" | "speed";
  readonly target?: Target;
}

/** Times our work and SciPy's in turns, in processor time on one thread, and judges the ratio. */
export async function compareWithScipy(context: FigureContext, python: Python | null, o: RatioOptions): Promise<Row> {
  return (await timeWithScipy(context, python, o)).row;
}

/** The same, with the median of our times. */
export async function timeWithScipy(
  context: FigureContext,
  python: Python | null,
  o: RatioOptions,
): Promise<{ readonly row: Row; readonly milliseconds: number }> {
  const { id, title, mine, theirs, rival = NAME, ratio, target } = o;
  let peer: Contender | null = null;
  if (python !== null) {
    await python.ask({ prepare: theirs, id });
    peer = {
      name: rival,
      time: async (repeats, clock) => (await python.ask<{ seconds: number }>({ time: id, repeats, clock })).seconds,
    };
  }
  const times = await interleave(peer === null ? [mine] : [mine, peer], {
    clock: "cpu",
    signal: context.signal,
    onRound: (round, rounds) => context.report(`${id}: round ${round + 1} of ${rounds}`),
  });
  const ms = times.map((list) => summarize(list.map((seconds) => seconds * 1000)).median);
  const facts = {
    id,
    title: `${title}: ${ratio === "time" ? `our time over ${rival}'s` : `${rival}'s time over ours`}`,
    unit: "x",
    better: ratio === "time" ? "less" : "more",
    target,
  } as const;
  if (python === null) {
    const absent = { name: rival, version: null, status: "not found", value: null, ratio: null, ratioSpread: null };
    const row = makeRow({
      ...facts,
      value: null,
      peers: [{ ...absent, note: `python3 with ${rival} is not there` } as PeerValue],
      note: `ours ${ms[0].toFixed(2)} ms`,
    });
    return { row, milliseconds: ms[0] };
  }
  const speeds = summarize(times[1].map((seconds, round) => seconds / times[0][round]));
  const stated = ratio === "speed" ? speeds : summarize(times[0].map((seconds, round) => seconds / times[1][round]));
  const row = makeRow({
    ...facts,
    ...fromSummary(stated),
    peers: [
      {
        name: rival,
        version: python.version,
        status: "measured",
        value: ms[1],
        ratio: speeds.median,
        ratioSpread: [speeds.q1, speeds.q3],
        note: null,
      },
    ],
    note: `${ms[0].toFixed(2)} ms against ${ms[1].toFixed(2)} ms`,
  });
  return { row, milliseconds: ms[0] };
}
