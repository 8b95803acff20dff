/** How fast a run goes, and giving the event loop its turns. */

/** Times over which the pace is averaged. */
const WINDOW = 32;

/** Milliseconds per step over the last steps. The first step, which compiles, counts only while there is no other. */
export function paceMeter(): { step(): number } {
  const times: number[] = [performance.now()];
  let first = true;
  return {
    step() {
      times.push(performance.now());
      const pace = (times[times.length - 1] - times[0]) / (times.length - 1);
      if (first) times.shift();
      else if (times.length > WINDOW) times.shift();
      first = false;
      return pace;
    },
  };
}

/** Longest time in ms for which the driver keeps the thread. */
const SLICE = 12;

/** A function that yields to the event loop when the last turn is long ago, so that pages repaint and signals arrive. */
export function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < SLICE) return;
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener("message", () => {
        port1.close();
        resolve();
      });
      port1.start();
      port2.postMessage(null);
    });
    last = performance.now();
  };
}
