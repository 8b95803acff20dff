/**
 * The errors that Ansatz throws. Every message reads `name: what is wrong (got X, expected Y). Hint.`
 */

/** What `@ansatz/tensor/debug` adds to errors while it follows where tensors are made; empty otherwise. */
export const hooks: {
  /** Told everything that the function `name` is about to use. */
  operand?: (name: string, x: unknown) => void;
  /** Completes the message of an error. */
  explain?: (message: string) => string;
} = {};

/** Base of every error thrown by an Ansatz package; `code` is stable and can be matched on. */
export class AnsatzError extends Error {
  /** Stable identifier of the kind of error, e.g. `"shape"`. */
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(hooks.explain?.(message) ?? message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** Shapes, axes or sizes that do not fit together. */
export class ShapeError extends AnsatzError {
  constructor(message: string) {
    super("shape", message);
  }
}

/** A data type an operation does not accept, or a mix that has no common type. */
export class DTypeError extends AnsatzError {
  constructor(message: string) {
    super("dtype", message);
  }
}

/** A device that is missing, cannot do what was asked, or is mixed with another one. */
export class DeviceError extends AnsatzError {
  constructor(message: string, options?: ErrorOptions) {
    super("device", message, options);
  }
}

/** Use of a tensor after `dispose()` or after it was donated. */
export class DisposedError extends AnsatzError {
  constructor(message: string) {
    super("disposed", message);
  }
}

/** The memory budget or the address space of a device is used up. */
export class OutOfMemoryError extends AnsatzError {
  constructor(message: string) {
    super("out-of-memory", message);
  }
}

/** A value was read where a function is being traced and has no values yet. */
export class TraceError extends AnsatzError {
  constructor(message: string) {
    super("trace", message);
  }
}

/** An argument outside its allowed range or of the wrong kind. */
export class ArgumentError extends AnsatzError {
  constructor(message: string) {
    super("argument", message);
  }
}

/** A file or byte stream that does not follow its format. */
export class FormatError extends AnsatzError {
  constructor(message: string) {
    super("format", message);
  }
}

/** A broken promise inside the library itself: please report it. */
export class InternalError extends AnsatzError {
  constructor(message: string) {
    super("internal", `${message} This is a bug in Ansatz, please report it.`);
  }
}

/** A value as messages show it: short, and never by running its own code. */
export function show(x: unknown): string {
  switch (typeof x) {
    case "string":
      return JSON.stringify(x.length > 40 ? `${x.slice(0, 40)}...` : x);
    case "bigint":
      return `${x}n`;
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    case "object":
      break;
    default:
      return Object.is(x, -0) ? "-0" : String(x);
  }
  if (x === null) return "null";
  if (Array.isArray(x)) return x.length > 8 ? `an array of length ${x.length}` : `[${x.map(show).join(", ")}]`;
  const kind = Object.prototype.toString.call(x).slice(8, -1);
  if (kind !== "Object") return kind === "Promise" ? "a promise" : `a ${kind}`;
  const name: unknown = (Object.getPrototypeOf(x) as { constructor?: { name?: unknown } } | null)?.constructor?.name;
  return typeof name === "string" && name !== "Object" && name !== "" ? `a ${name}` : "an object";
}

/** Whether `x` is an object as literals make them (also one of another realm), no array and no instance of a class. */
export function isPlainObject(x: unknown): x is Record<string, unknown> {
  if (x === null || typeof x !== "object") return false;
  const proto: unknown = Object.getPrototypeOf(x);
  return proto === null || Object.getPrototypeOf(proto) === null;
}

/** Throws unless `f` is a function. */
export function requireFunction(name: string, f: unknown): void {
  if (typeof f !== "function") throw new ArgumentError(`${name}: a function is needed (got ${show(f)}).`);
}

/** Throws unless `x` is true, false or left out. */
export function requireFlag(name: string, option: string, x: unknown): void {
  if (x !== undefined && typeof x !== "boolean") {
    throw new ArgumentError(`${name}: ${option} must be true or false (got ${show(x)}).`);
  }
}

/** Throws an {@link ArgumentError} naming the first key of `options` that is not in `allowed`. */
export function checkOptions(name: string, options: object | undefined, allowed: readonly string[]): void {
  if (options === undefined) return;
  if (!isPlainObject(options)) {
    throw new ArgumentError(
      `${name}: options must be an object (got ${show(options)}, expected { ${allowed.join(", ")} }).`,
    );
  }
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key)) {
      throw new ArgumentError(
        `${name}: unknown option (got ${JSON.stringify(key)}, expected one of ${allowed.join(", ") || "none"}).`,
      );
    }
  }
}
