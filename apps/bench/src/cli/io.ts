/** What a command reads from and writes to, so that tests can stand in for the terminal. */

/** Where a command's text goes and what can stop it. */
export interface Io {
  /** Results, to standard output. */
  readonly out: (text: string) => void;
  /** Errors and remarks, to standard error. */
  readonly err: (text: string) => void;
  /** How progress is shown: redrawn in place, as one line per event, or not at all. */
  readonly progress: "live" | "plain" | "none";
  /** Columns of the terminal. */
  readonly width: number;
  /** Raised by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The terminal of this process. */
export function processIo(signal: AbortSignal): Io {
  const live = process.stdout.isTTY && process.stderr.isTTY && process.env["CI"] === undefined;
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    progress: live ? "live" : "plain",
    width: process.stdout.columns ?? 100,
    signal,
  };
}

/** A command that was stopped by its user. */
export class Interrupted extends Error {
  constructor() {
    super("stopped by the user");
    this.name = "Interrupted";
  }
}

/** Throws {@link Interrupted} once the signal is raised. */
export function checkSignal(signal: AbortSignal): void {
  if (signal.aborted) throw new Interrupted();
}

/** Gives the event loop a turn, so that Ctrl-C and redraws get through, and throws when the signal is raised. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  checkSignal(signal);
}
