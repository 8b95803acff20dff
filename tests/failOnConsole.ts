/**
 * Setup of every test file: a test that prints fails, so that a green run stays silent.
 * A test of something that is meant to print replaces the function it prints with (`vi.spyOn(console, "log")`).
 */
import { afterAll, afterEach } from "vitest";

const printed: string[] = [];

function record(where: string, values: readonly unknown[]): void {
  printed.push(`${where}: ${values.map(String).join(" ").trimEnd()}`);
}

for (const method of ["debug", "dir", "error", "info", "log", "table", "trace", "warn"] as const) {
  console[method] = (...values: unknown[]) => record(`console.${method}`, values);
}
if (typeof process === "object") {
  for (const stream of ["stdout", "stderr"] as const) {
    process[stream].write = (text: string | Uint8Array): boolean => {
      record(`process.${stream}`, [typeof text === "string" ? text : new TextDecoder().decode(text)]);
      return true;
    };
  }
}

function failIfPrinted(): void {
  if (printed.length === 0) return;
  const lines = printed.splice(0).join("\n");
  throw new Error(`test: something was printed (got the lines below, expected silence).\n${lines}`);
}

afterEach(failIfPrinted);
afterAll(failIfPrinted);
