/** Options that several commands share, and how their values are read. */
import { InvalidArgumentError, Option } from "commander";

/** Devices that a command can compute on. */
export const DEVICES = ["cpu", "webgpu"] as const;

/** One of {@link DEVICES}. */
export type DeviceName = (typeof DEVICES)[number];

/** Reads an integer within bounds. */
export function integer(low: number, high: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text.trim()) || !Number.isSafeInteger(value) || value < low || value > high) {
      const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
      throw new InvalidArgumentError(`Expected an integer ${range}.`);
    }
    return value;
  };
}

/** Reads a positive number. */
export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError("Expected a number above 0.");
  }
  return value;
}

/** Reads names separated by commas; every one of them must be known, upper and lower case alike. */
export function namesOf(known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const names = text.split(",").map((name) => name.trim());
    return names.map((name) => {
      const found = known.find((k) => k.toLowerCase() === name.toLowerCase());
      if (found === undefined) {
        throw new InvalidArgumentError(`"${name}" is not known. Expected some of ${known.join(", ")}.`);
      }
      return found;
    });
  };
}

/** `--seed N`: the seed of every random number. */
export function seedOption(): Option {
  return new Option("--seed <n>", "seed of every random number").argParser(integer(0)).default(1);
}

/** `--device NAME`. */
export function deviceOption(): Option {
  return new Option("--device <name>", "where to compute").choices([...DEVICES]).default("cpu");
}

/** `--out DIR`. */
export function outOption(): Option {
  return new Option("--out <dir>", "folder for what is written").default("out");
}

/** `--json [FILE]`. */
export function jsonOption(): Option {
  return new Option("--json [file]", "write the result as JSON to the file, or to standard output without tables");
}
