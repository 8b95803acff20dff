/** Generating vectors of embedded rank-1 lattices, by F. Y. Kuo. */
import { ArgumentError } from "@ansatz/tensor";
import { checkChoice } from "../check.ts";
import { loadAsset } from "./asset.ts";
import { fromBase64, readBits } from "./bits.ts";
import { KUO_33002 } from "./kuo33002.ts";

/** Names of the vectors that can be loaded: order-3, order-2 and product weights. */
export type LatticeVectorName = "kuo-33002" | "kuo-32001" | "kuo-39101";

const LENGTHS: Readonly<Record<LatticeVectorName, number>> = {
  "kuo-33002": 9125,
  "kuo-32001": 3600,
  "kuo-39101": 3600,
};

const BITS = 18;

function unpack(bytes: Uint8Array, length: number): Uint32Array {
  const padded = new Uint8Array(bytes.length + 4);
  padded.set(bytes);
  return Uint32Array.from({ length }, (_, j) => 2 * readBits(padded, j * BITS, BITS) + 1);
}

let first: Uint32Array | undefined;

/**
 * The first 3600 components of "kuo-33002", which is part of the code; for 2^10 to 2^20 points. (From component 4391 on the
 * full vector repeats itself.)
 */
export function defaultLatticeVector(): Uint32Array {
  first ??= unpack(fromBase64(KUO_33002), 3600);
  return first.slice();
}

/**
 * A generating vector for 2^10 to 2^20 points: `"kuo-33002"` (9125 components), `"kuo-32001"` or `"kuo-39101"` (3600 each).
 * @param url where the file is; beside the package's code when left out
 * @throws AnsatzError when it cannot be read, ArgumentError for another name or file
 */
export async function loadLatticeVector(name: LatticeVectorName, url?: URL): Promise<Uint32Array> {
  checkChoice("loadLatticeVector", "vector", name, ["kuo-33002", "kuo-32001", "kuo-39101"]);
  const bytes = await loadAsset(url ?? assetOf(name));
  const length = LENGTHS[name];
  const expected = Math.ceil((length * BITS) / 8);
  if (bytes.length !== expected) {
    throw new ArgumentError(
      `loadLatticeVector: not the vector ${name} (got ${bytes.length} bytes, expected ${expected}).`,
    );
  }
  return unpack(bytes, length);
}

/** One literal for each file: bundlers look for them. */
function assetOf(name: LatticeVectorName): URL {
  if (name === "kuo-33002") return new URL("../../assets/kuo33002.bin", import.meta.url);
  if (name === "kuo-32001") return new URL("../../assets/kuo32001.bin", import.meta.url);
  return new URL("../../assets/kuo39101.bin", import.meta.url);
}
