/** What several tests use. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Io } from "../src/cli/io.ts";
import { main } from "../src/main.ts";

/** A terminal that keeps what it is told. */
export interface TestIo extends Io {
  readonly written: { out: string; err: string };
}

/** A terminal without progress display. */
export function testIo(signal: AbortSignal = new AbortController().signal): TestIo {
  const written = { out: "", err: "" };
  return {
    written,
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    progress: "none",
    width: 100,
    signal,
  };
}

/** Runs the command line. */
export async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = testIo();
  const code = await main(args, io);
  return { code, ...io.written };
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ansatz-bench-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Everything in a page that a browser would fetch, or follow when clicked. */
export function addresses(page: string): { fetched: string[]; links: string[] } {
  const links = [...page.matchAll(/<a href="([^"]*)"/g)].map((match) => match[1]);
  const withoutLinks = page.replace(/<a href="[^"]*"/g, "<a");
  const attributes = [...withoutLinks.matchAll(/(?:src|href|srcset|action|poster)="([^"]*)"/g)].map(
    (match) => match[1],
  );
  const styles = [...withoutLinks.matchAll(/url\(([^)]*)\)|@import\s+([^;]+);/g)].map((match) => match[1] ?? match[2]);
  return { fetched: [...attributes, ...styles], links };
}
