/**
 * The errors that Ansatz throws. Every message reads `name: what is wrong (got X, expected Y). Hint.`
 */

/** Base of every error thrown by an Ansatz package; `code` is stable and can be matched on. */
export class AnsatzError extends Error {
  /** Stable identifier of the kind of error, e.g. `"shape"`. */
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
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

/** Throws an {@link ArgumentError} naming the first key of `options` that is not in `allowed`. */
export function checkOptions(
  name: string,
  options: object | undefined,
  allowed: readonly string[],
): void {
  if (options === undefined) return;
  if (options === null || typeof options !== "object") {
    throw new ArgumentError(
      `${name}: options must be an object (got ${String(options)}, expected { ${allowed.join(", ")} }).`,
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
