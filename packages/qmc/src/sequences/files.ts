/** Text files of generating matrices and vectors, as the LDData collection and the Magic Point Shop publish them. */
import { FormatError } from "@ansatz/tensor";

/** Content of a file of generating matrices in base 2. */
export interface NetFile {
  readonly kind: "dnet";
  readonly matrices: readonly (readonly bigint[])[];
  /** Digits of the integers; the first binary digit is the most significant bit. */
  readonly matrixBits: number;
}

/** Content of a file of a generating vector. */
export interface LatticeFile {
  readonly kind: "lattice";
  readonly vector: readonly number[];
  /** Number of points that the vector is made for. */
  readonly size: number;
}

/**
 * Reads a file whose first line is `# dnet` (base, dimension, number of points, digits, then the columns of one matrix per
 * line) or `# lattice` (dimension, number of points, then one component per line). What follows a `#` is a comment.
 * @throws FormatError for another first line, another base than 2, and lines that do not fit the header
 */
export function parseLdData(text: string): NetFile | LatticeFile {
  const lines = text.split(/\r?\n/);
  const kind = /^#\s*(\w+)/.exec(lines[0] ?? "")?.[1];
  const rows = lines
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "")
    .map((line) =>
      line.split(/[\s,]+/).map((word) => {
        if (!/^\d+$/.test(word)) {
          throw new FormatError(`parseLdData: not an integer (got ${JSON.stringify(word)}, expected digits).`);
        }
        return BigInt(word);
      }),
    );
  if (kind === "dnet") return netFile(rows);
  if (kind === "lattice") return latticeFile(rows);
  throw new FormatError(
    `parseLdData: unknown kind of file (got ${JSON.stringify(lines[0]?.slice(0, 40) ?? "")}, expected "# dnet" or "# lattice").`,
  );
}

function header(rows: readonly bigint[][], count: number): number[] {
  const numbers = rows.slice(0, count).map((row) => (row.length === 1 ? Number(row[0]) : Number.NaN));
  if (numbers.length < count || numbers.some((x) => !Number.isSafeInteger(x))) {
    throw new FormatError(
      `parseLdData: the header is not whole (got ${numbers.join(", ")}, expected ${count} lines of one integer).`,
    );
  }
  return numbers;
}

function netFile(rows: readonly bigint[][]): NetFile {
  const [base, dimension, size, bits] = header(rows, 4);
  if (base !== 2) throw new FormatError(`parseLdData: only base 2 is read (got ${base}, expected 2).`);
  if (bits < 1 || bits > 64) {
    throw new FormatError(`parseLdData: too many digits (got ${bits}, expected 1 to 64).`);
  }
  const matrices = rows.slice(4);
  const columns = Math.log2(size);
  if (matrices.length !== dimension || matrices.some((row) => row.length !== columns)) {
    throw new FormatError(
      `parseLdData: the matrices do not fit the header (got ${matrices.length} lines, the first of ${matrices[0]?.length} numbers, ` +
        `expected ${dimension} lines of ${columns}).`,
    );
  }
  if (matrices.some((row) => row.some((x) => x >= 1n << BigInt(bits)))) {
    throw new FormatError(`parseLdData: a column has too many digits (expected integers below 2^${bits}).`);
  }
  return { kind: "dnet", matrices, matrixBits: bits };
}

function latticeFile(rows: readonly bigint[][]): LatticeFile {
  const [dimension, size] = header(rows, 2);
  const vector = rows.slice(2).map((row) => (row.length === 1 ? Number(row[0]) : Number.NaN));
  if (vector.length !== dimension || vector.some((x) => !Number.isSafeInteger(x))) {
    throw new FormatError(
      `parseLdData: the vector does not fit the header (got ${vector.length} lines, expected ${dimension} of one integer).`,
    );
  }
  return { kind: "lattice", vector, size };
}
