/** Direction numbers of Sobol' sequences, bit-packed: 9.8 kB for 1024 dimensions, 394 kB for 21201. */
import { ArgumentError } from "@ansatz/tensor";
import { loadAsset } from "./asset.ts";
import { fromBase64, readBits } from "./bits.ts";
import { JOE_KUO_1024 } from "./joeKuo1024.ts";

/** Direction numbers for so many dimensions. */
export interface SobolTable {
  readonly dimensions: number;
  /** For each dimension from the second: s - 1 coefficients, then (m_k - 1) / 2 in k - 1 bits for k = 1 … s. */
  readonly bytes: Uint8Array;
}

/** Number of primitive polynomials over F_2 of degrees 1, 2, …; the table takes them in increasing order. */
const PER_DEGREE = [1, 1, 2, 2, 6, 6, 18, 16, 48, 60, 176, 144, 630, 756, 1800, 2048, 7710, 7776];

const bitsOf = (degree: number): number => degree - 1 + (degree * (degree - 1)) / 2;

let small: SobolTable | undefined;

/** The table of the first 1024 dimensions, which is part of the code. */
export function smallSobolTable(): SobolTable {
  small ??= { dimensions: 1024, bytes: padded(fromBase64(JOE_KUO_1024)) };
  return small;
}

/**
 * The table of all 21201 dimensions of Joe and Kuo (394 kB, loaded when called).
 * @param url where the file is; beside the package's code when left out
 * @throws AnsatzError when it cannot be read, ArgumentError when it is another file
 */
export async function loadSobolTable(
  url: URL = new URL("../../assets/joeKuo21201.bin", import.meta.url),
): Promise<SobolTable> {
  const bytes = await loadAsset(url);
  if (bytes.length !== 393626) {
    throw new ArgumentError(
      `loadSobolTable: not the table of Joe and Kuo (got ${bytes.length} bytes, expected 393626 at ${url.href}).`,
    );
  }
  return { dimensions: 21201, bytes: padded(bytes) };
}

/** Readers look up to three bytes ahead. */
function padded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 4);
  out.set(bytes);
  return out;
}

/**
 * The 32 columns of the generating matrix of one coordinate: column c is m_{c+1} 2^(31-c), so that its most significant bit
 * is the first binary digit. m_k for k > s follows from the s given ones by the recurrence of the polynomial.
 */
export function sobolColumns(table: SobolTable, coordinate: number, out: Uint32Array, at: number): void {
  if (coordinate === 0) {
    for (let c = 0; c < 32; c++) out[at + c] = 2 ** (31 - c);
    return;
  }
  let degree = 1;
  let left = coordinate - 1;
  let position = 0;
  while (left >= PER_DEGREE[degree - 1]) {
    position += PER_DEGREE[degree - 1] * bitsOf(degree);
    left -= PER_DEGREE[degree - 1];
    degree++;
  }
  position += left * bitsOf(degree);
  const inner = readBits(table.bytes, position, degree - 1);
  position += degree - 1;
  // Left-aligned columns: the recurrence's shifts of m by i places become shifts to the right by s places at the end.
  for (let k = 1; k <= degree; k++) {
    const m = 2 * readBits(table.bytes, position, k - 1) + 1;
    position += k - 1;
    out[at + k - 1] = m << (32 - k);
  }
  for (let k = degree; k < 32; k++) {
    let v = out[at + k - degree] ^ (out[at + k - degree] >>> degree);
    for (let i = 1; i < degree; i++) {
      if ((inner >>> (degree - 1 - i)) & 1) v ^= out[at + k - i];
    }
    out[at + k] = v;
  }
}
