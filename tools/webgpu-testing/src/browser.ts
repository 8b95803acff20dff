/**
 * Headless Chromium with WebGPU on SwiftShader, driven by playwright-core, and pages served to it from memory and disk.
 */
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import type { Unavailable } from "./availability.ts";
import { startSite } from "./site.ts";
import type { Site, SiteOptions } from "./site.ts";
import { unpackChromium } from "./unpack.ts";

export type { Page } from "playwright-core";
export type { SiteOptions } from "./site.ts";

/** What a page shows and how it is watched. */
export interface PageOptions extends SiteOptions {
  /** The path to open. Default `"/"`, which is an empty page unless `files` or `folders` say otherwise. */
  readonly path?: string;
  /** Called with every line that the page prints to its console and every error that nobody in it catches. */
  readonly onMessage?: (text: string) => void;
}

/** A running browser. */
export interface Browser extends AsyncDisposable {
  readonly status: "ready";
  /** Such as `153.0.8010.0`. */
  readonly version: string;
  /**
   * Starts a site of its own on a free port and opens a page of it in a profile of its own. Closing the page stops the
   * site.
   *
   * @throws Error when the page does not answer or a script fails while it loads; nothing is left open then.
   */
  openPage(options?: PageOptions): Promise<Page>;
  /** Closes all pages, their sites and the browser. A second call does nothing. */
  close(): Promise<void>;
}

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  // WebGPU, on the CPU:
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  // Nothing but what a test asks for:
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];

const EMPTY_PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Test</title></html>`;

/**
 * Starts headless Chromium out of the npm package `@sparticuz/chromium`.
 *
 * The browser ends with this process at the latest, also when that dies.
 *
 * @returns the browser, or `{ status: "no adapter", reason }` on a machine for which npm has none.
 */
export async function launchChromium(): Promise<Browser | Unavailable> {
  const files = await unpackChromium();
  if (files.status !== "ready") return files;
  const browser = await chromium.launch({
    executablePath: files.executable,
    args: FLAGS,
    env: { ...process.env, ...files.env },
  });
  const sites = new Set<Site>();
  const close = async (): Promise<void> => {
    await browser.close();
    await Promise.all([...sites].map((site) => site.close()));
    sites.clear();
  };
  return {
    status: "ready",
    version: browser.version(),
    async openPage({ path = "/", onMessage, ...served } = {}) {
      const site = await startSite({ ...served, files: { ...emptyPageFor(served), ...served.files } });
      sites.add(site);
      let page: Page | undefined;
      try {
        page = await browser.newPage({ baseURL: site.origin });
        page.once("close", () => void site.close());
        await load(page, path, onMessage);
        return page;
      } catch (error) {
        await page?.close();
        await site.close();
        throw error;
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function load(page: Page, path: string, onMessage: PageOptions["onMessage"]): Promise<void> {
  const failures: string[] = [];
  page.on("pageerror", (error) => {
    failures.push(error.message);
    onMessage?.(error.stack ?? error.message);
  });
  page.on("console", (message) => onMessage?.(message.text()));
  const answer = await page.goto(path);
  if (answer?.ok() === false) failures.push(`the server answered ${answer.status()}`);
  if (failures.length > 0) throw new Error(`openPage: "${path}" did not load (${failures.join("; ")}).`);
}

/** An empty page at `/`, where no folder might have one. */
function emptyPageFor({ folders = {} }: SiteOptions): Record<string, string> {
  return Object.hasOwn(folders, "/") ? {} : { "/": EMPTY_PAGE, "/index.html": EMPTY_PAGE };
}

/**
 * Calls a function that a served module exports, inside the page, and returns what it returns.
 *
 * Arguments and result are copied: numbers, strings, plain objects, arrays and typed arrays. (A test cannot write
 * `page.evaluate(() => import(…))` itself, since vitest rewrites `import` in test files.)
 *
 * @param module - the module's path on the page's site, such as `"/main.js"`.
 * @throws Error with the page's message when the module does not load, has no such function, or the function throws.
 */
export async function callInPage<T>(page: Page, module: string, name: string, ...args: unknown[]): Promise<T> {
  const handle = await page.evaluateHandle(`import(${JSON.stringify(module)})`);
  try {
    return (await handle.evaluate(
      (exports, [name, args]) => {
        const called = (exports as Record<string, (...args: unknown[]) => unknown>)[name];
        if (typeof called !== "function") throw new TypeError(`the module exports no function "${name}"`);
        return called(...args);
      },
      [name, args] as [string, unknown[]],
    )) as T;
  } finally {
    await handle.dispose();
  }
}
