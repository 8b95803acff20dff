/**
 * Unpacks what the npm package `@sparticuz/chromium` carries compressed: SwiftShader (a Vulkan driver that runs on
 * the CPU) with a Vulkan loader, and a headless Chromium with the shared libraries and fonts it needs.
 *
 * Everything goes into `node_modules/.cache` of this package, once per version of `@sparticuz/chromium`.
 */
import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar-fs";
import type { Unavailable } from "./availability.ts";

/** SwiftShader and the Vulkan loader, unpacked. */
export interface SwiftShaderFiles {
  readonly status: "ready";
  readonly folder: string;
  /** The Vulkan loader, `libvulkan.so.1`. */
  readonly loader: string;
  /** What a process must have in its environment before its Vulkan loader looks for drivers. */
  readonly env: { readonly VK_DRIVER_FILES: string };
}

/** Headless Chromium, unpacked. */
export interface ChromiumFiles {
  readonly status: "ready";
  readonly folder: string;
  readonly executable: string;
  /** What must be added to the environment that Chromium is started with. */
  readonly env: { readonly LD_LIBRARY_PATH: string; readonly FONTCONFIG_FILE: string };
}

/** Where to unpack; the default is this package's `node_modules/.cache`. */
export interface UnpackOptions {
  readonly cache?: string;
}

/** A partly unpacked folder that is older than this was left by a process that died. */
const STALE_MS = 10 * 60_000;

/** Chromium's own configuration names folders of a cloud service; this one names the fonts beside it. */
const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/**
 * Unpacks SwiftShader and the Vulkan loader (about 7 MB, some 40 ms) unless that was done before.
 *
 * Any number of processes may call this at once.
 */
export async function unpackSwiftShader(options: UnpackOptions = {}): Promise<SwiftShaderFiles | Unavailable> {
  const archives = findArchives();
  if ("status" in archives) return archives;
  const folder = await unpackOnce(cacheFolder(options, archives, "swiftshader"), (into) =>
    unpackTar(archives, "swiftshader.tar.br", into),
  );
  return {
    status: "ready",
    folder,
    loader: join(folder, "libvulkan.so.1"),
    env: { VK_DRIVER_FILES: join(folder, "vk_swiftshader_icd.json") },
  };
}

/**
 * Unpacks headless Chromium with its libraries and fonts (about 220 MB, one to two seconds) unless that was done
 * before.
 *
 * Any number of processes may call this at once.
 */
export async function unpackChromium(options: UnpackOptions = {}): Promise<ChromiumFiles | Unavailable> {
  const archives = findArchives();
  if ("status" in archives) return archives;
  const folder = await unpackOnce(cacheFolder(options, archives, "chromium"), async (into) => {
    await Promise.all([
      unpackFile(archives, "chromium.br", join(into, "chromium")),
      // Chromium looks for the graphics libraries beside its executable.
      unpackTar(archives, "swiftshader.tar.br", into),
      unpackTar(archives, "al2023.tar.br", into),
      unpackTar(archives, "fonts.tar.br", into),
    ]);
    await writeFile(join(into, "fonts.conf"), FONTS_CONF);
  });
  const inherited = process.env.LD_LIBRARY_PATH;
  const libraries = join(folder, "lib");
  return {
    status: "ready",
    folder,
    executable: join(folder, "chromium"),
    env: {
      LD_LIBRARY_PATH: inherited ? `${libraries}:${inherited}` : libraries,
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
    },
  };
}

interface Archives {
  readonly folder: string;
  readonly version: string;
}

function findArchives(): Archives | Unavailable {
  if (process.platform !== "linux" || process.arch !== "x64") {
    const machine = `${process.platform}-${process.arch}`;
    return { status: "no adapter", reason: `@sparticuz/chromium holds programs for linux-x64, this is ${machine}` };
  }
  const require = createRequire(import.meta.url);
  const root = join(dirname(require.resolve("@sparticuz/chromium")), "..");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return { folder: join(root, "bin"), version };
}

function cacheFolder(options: UnpackOptions, archives: Archives, part: string): string {
  const cache = options.cache ?? fileURLToPath(new URL("../node_modules/.cache", import.meta.url));
  return join(cache, `${part}-${archives.version}`);
}

/**
 * Fills `folder` by `fill` unless it exists. The filling happens beside it and ends with a rename, so that `folder` is
 * either absent or whole, also when processes race or die.
 */
async function unpackOnce(folder: string, fill: (into: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder;
  await removeStale(dirname(folder));
  const partial = `${folder}.${randomUUID()}.partial`;
  try {
    await mkdir(partial, { recursive: true });
    await fill(partial);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process was faster: its folder is as good as ours.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

async function removeStale(cache: string): Promise<void> {
  const names = existsSync(cache) ? await readdir(cache) : [];
  for (const name of names.filter((name) => name.endsWith(".partial"))) {
    const path = join(cache, name);
    const made = await stat(path).catch(() => undefined);
    if (made !== undefined && Date.now() - made.mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}

async function unpackTar(archives: Archives, name: string, into: string): Promise<void> {
  await pipeline(createReadStream(join(archives.folder, name)), createBrotliDecompress(), extract(into));
}

async function unpackFile(archives: Archives, name: string, path: string): Promise<void> {
  // Chunks of megabytes: with the default of 16 kB this takes about a third longer.
  await pipeline(
    createReadStream(join(archives.folder, name), { highWaterMark: 1 << 22 }),
    createBrotliDecompress({ chunkSize: 1 << 21 }),
    createWriteStream(path, { mode: 0o755, highWaterMark: 1 << 22 }),
  );
}
