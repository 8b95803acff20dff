import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { lookup } from "mrmime";
import sirv from "sirv";

/** What a {@link Site} serves. */
export interface SiteOptions {
  /** Files held in memory, by path: `{ "/main.js": code }`. They come before the folders. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Folders on disk, by the path that they appear under: `{ "/": "dist", "/assets": "/some/folder" }`. */
  readonly folders?: Readonly<Record<string, string>>;
  /**
   * Whether pages are cross-origin isolated, and so have `SharedArrayBuffer` and shared WebAssembly memory.
   * Default true.
   */
  readonly isolated?: boolean;
}

/** A web server on a free port of the loopback interface, which browsers treat as a secure context. */
export interface Site {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Stops the server and ends its connections. A second call does nothing. */
  close(): Promise<void>;
}

const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** Serves files and folders until `close()`. */
export async function startSite(options: SiteOptions): Promise<Site> {
  const headers = { "Cache-Control": "no-store", ...(options.isolated === false ? {} : ISOLATION) };
  const answer = answers(options);
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answer(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

function answers({ files = {}, folders = {} }: SiteOptions): RequestListener {
  for (const path of [...Object.keys(files), ...Object.keys(folders)]) {
    if (!path.startsWith("/")) throw new Error(`startSite: path without a leading slash (got "${path}").`);
  }
  const mounts = Object.entries(folders)
    .map(([path, folder]) => ({ prefix: path.replace(/\/$/, ""), serve: sirv(folder, { dev: true }) }))
    // The longest prefix first, so that "/assets" comes before "/".
    .toSorted((a, b) => b.prefix.length - a.prefix.length);
  return (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = Object.hasOwn(files, pathname) ? files[pathname] : undefined;
    if (file !== undefined) {
      response.setHeader("Content-Type", contentType(pathname));
      response.end(file);
      return;
    }
    const mount = mounts.find(({ prefix }) => pathname.startsWith(`${prefix}/`));
    if (mount === undefined) notFound(request, response);
    else {
      request.url = (request.url ?? "/").slice(mount.prefix.length);
      mount.serve(request, response, () => notFound(request, response));
    }
  };
}

function contentType(pathname: string): string {
  const type = pathname.endsWith("/") ? "text/html" : (lookup(pathname) ?? "application/octet-stream");
  return type.startsWith("text/") ? `${type};charset=utf-8` : type;
}

function notFound(request: IncomingMessage, response: ServerResponse): void {
  response.statusCode = 404;
  response.setHeader("Content-Type", "text/plain;charset=utf-8");
  response.end(`nothing at ${request.url}`);
}
