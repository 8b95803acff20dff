/** Why a WebGPU implementation cannot run on this machine. */
export interface Unavailable {
  readonly status: "no adapter";
  /** One sentence naming what is missing. */
  readonly reason: string;
}

/** The part of a test's context that {@link readyOrSkip} needs; vitest's test context has it. */
export interface Skippable {
  skip(note: string): void;
}

/**
 * Returns `result` when it is ready, and otherwise skips the running test with the note `skipped: no adapter (…)`.
 *
 * With the environment variable `CI` set nothing may be skipped: the test fails instead.
 *
 * @throws Error when `result` is unavailable and `CI` is set.
 */
export function readyOrSkip<T extends { readonly status: "ready" }>(result: T | Unavailable, test: Skippable): T {
  if (result.status === "ready") return result;
  const note = skipNote(result);
  test.skip(note);
  // vitest's `skip` throws; a context whose `skip` returns must not let the test go on without an adapter.
  throw new Error(note);
}

/**
 * Returns `result` when it is ready, and otherwise `undefined` after printing `skipped: no adapter (…)`.
 *
 * For code that decides about whole suites (`describe.skipIf(dawn === undefined)`).
 *
 * @throws Error when `result` is unavailable and `CI` is set.
 */
export function readyOrNotice<T extends { readonly status: "ready" }>(result: T | Unavailable): T | undefined {
  if (result.status === "ready") return result;
  console.warn(skipNote(result));
  return undefined;
}

function skipNote(result: Unavailable): string {
  if (process.env.CI) {
    throw new Error(`webgpu-testing: no adapter (${result.reason}). With CI set, WebGPU tests may not be skipped.`);
  }
  return `skipped: no adapter (${result.reason})`;
}
