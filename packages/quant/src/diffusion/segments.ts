/** Parts of the time axis. */

/** The segment of a time. */
export function segmentOf(time: number, segments: number, timeSteps: number): number {
  return Math.min(segments - 1, Math.max(0, Math.floor((time * segments) / timeSteps)));
}
