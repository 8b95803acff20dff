/** Loading of the binary tables that lie beside the code. */
import { AnsatzError } from "@ansatz/tensor";

/**
 * The bytes of a file of the folder `assets`: read from disk under Node, Bun and Deno, fetched in browsers.
 * @throws AnsatzError with code `"asset"` when the file cannot be read
 */
export async function loadAsset(url: URL): Promise<Uint8Array> {
  try {
    if (url.protocol === "file:") {
      const { readFile } = await import("node:fs/promises");
      return new Uint8Array(await readFile(url));
    }
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new AnsatzError(
      "asset",
      `loadAsset: the table cannot be read (got ${(error as Error).message}, expected the file ${url.href}). ` +
        `Serve the package's folder "assets" beside its code, or pass the URL of a copy.`,
      { cause: error },
    );
  }
}
