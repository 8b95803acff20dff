/** Giving the event loop a turn, so that pages repaint and abort signals arrive. */

/** Longest time in ms for which a driver keeps the thread. */
const SLICE = 12;

/** A function that yields to the event loop when the last turn is long ago. */
export function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < SLICE) return;
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    });
    last = performance.now();
  };
}
