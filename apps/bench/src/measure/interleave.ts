/** Timing several programs against each other in one run. */
import { breathe } from "../cli/io.ts";

/**
 * What is read: the time of the day, or the time that this process spent computing, all its threads together. The latter
 * leaves out what other programs take away; it is right for work on one thread.
 */
export type Clock = "wall" | "cpu";

/** A program to time. */
export interface Contender {
  readonly name: string;
  /** Runs the work `repeats` times, to the end, and returns the seconds that took. */
  time(repeats: number, clock: Clock): number | Promise<number>;
}

/** Seconds since the call, by a clock. */
function stopwatch(clock: Clock): () => number {
  if (clock === "wall") {
    const start = performance.now();
    return () => (performance.now() - start) / 1000;
  }
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
}

/** Options of {@link interleave}. */
export interface InterleaveOptions {
  /** Rounds; in each, every contender is timed once. 9 when left out. */
  readonly rounds?: number;
  /** Least seconds of one timing; work that is shorter is repeated. 0.02 when left out. */
  readonly seconds?: number;
  /** `"wall"` when left out. */
  readonly clock?: Clock;
  readonly signal: AbortSignal;
  /** Called before every round. */
  readonly onRound?: (round: number, rounds: number) => void;
}

/** A contender in this process: `work` runs once, to the end. */
export function inProcess(name: string, work: () => void): Contender {
  return {
    name,
    time(repeats, clock) {
      const elapsed = stopwatch(clock);
      for (let i = 0; i < repeats; i++) work();
      return elapsed();
    },
  };
}

/** A contender in this process whose result arrives later. */
export function inProcessAsync(name: string, work: () => Promise<void>): Contender {
  return {
    name,
    async time(repeats, clock) {
      const elapsed = stopwatch(clock);
      for (let i = 0; i < repeats; i++) await work();
      return elapsed();
    },
  };
}

/** Untimed runs before a calibration, so that engines have compiled what they will. */
const WARM_UP = 3;

/** Repetitions that make one timing last at least `seconds`. */
async function calibrate(contender: Contender, seconds: number, clock: Clock): Promise<number> {
  await contender.time(WARM_UP, clock);
  for (let repeats = 1; ;) {
    const taken = await contender.time(repeats, clock);
    if (taken >= seconds || repeats >= 1e6) return repeats;
    repeats = Math.min(1e6, Math.ceil(repeats * Math.min(10, Math.max(1.5, (1.2 * seconds) / Math.max(taken, 1e-7)))));
  }
}

/**
 * Times contenders in turns, so that what disturbs the machine disturbs them alike: warm-up, calibration, then rounds in
 * which each is timed once, in an order that rotates.
 * @returns seconds per run of the work: one list per contender, one entry per round
 */
export async function interleave(
  contenders: readonly Contender[],
  options: InterleaveOptions,
): Promise<readonly (readonly number[])[]> {
  const { rounds = 9, seconds = 0.02, clock = "wall", signal, onRound } = options;
  const repeats: number[] = [];
  for (const contender of contenders) {
    repeats.push(await calibrate(contender, seconds, clock));
    await breathe(signal);
  }
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    onRound?.(round, rounds);
    for (let turn = 0; turn < contenders.length; turn++) {
      const i = (turn + round) % contenders.length;
      times[i].push((await contenders[i].time(repeats[i], clock)) / repeats[i]);
      await breathe(signal);
    }
  }
  return times;
}
