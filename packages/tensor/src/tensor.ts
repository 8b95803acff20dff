/**
 * A tensor is a node of a lazy graph: it knows its shape and data type at once and its values when somebody asks.
 * Operations are free functions; importing the package root also installs the common ones as methods.
 */
import type { Backend, Storage } from "./backend/backend.ts";
import { dtypeInfo, isComplex, partsOf, storedAs, type DType, type ScalarOf, type TypedArrayOf } from "./dtype.ts";
import { ArgumentError, DeviceError, OutOfMemoryError, ShapeError, show } from "./errors.ts";
import type { Attr, Op } from "./graph/op.ts";
import { checkAlive, disposeTensor, keepValues } from "./graph/lifetime.ts";
import type { Plan } from "./graph/plan.ts";
import { realize } from "./graph/realize.ts";
import { halves } from "./graph/halves.ts";
import { relievePressure, sweep } from "./backend/pressure.ts";
import { showShape, type Shape } from "./shape.ts";

/** What operations accept as an operand: numbers and booleans adopt the data type of the tensor they meet. */
export type Operand = Tensor | number | boolean;

const NO_INPUTS: readonly Tensor[] = [];

/**
 * An n-dimensional array of one data type on one device. Immutable. Create tensors with `tensor`, `zeros`, `arange` …,
 * not with the constructor.
 */
export class Tensor<D extends DType = DType> {
  /** @internal Operation that computes this tensor. */
  readonly op: Op;
  /** @internal Its inputs; emptied once the values exist. */
  ins: readonly Tensor[];
  /** @internal */
  readonly s: Shape;
  /** Data type of the elements. */
  readonly dtype: D;
  /** @internal */
  readonly attr: Attr | null;
  /** @internal */
  readonly backend: Backend;
  /** @internal Value of a scalar node. */
  scalar: number;
  /** @internal Values, once computed. */
  storage: Storage | null = null;
  /** @internal Length of the longest chain of unevaluated operations below. */
  depth: number;
  /** @internal Bytes that evaluating this node would have to materialise along its longest chain. */
  weight = 0;
  /** @internal Number of live unevaluated consumers. */
  pending = 0;
  /** @internal All consumers were evaluated and the inputs' `pending` was given back. */
  retired = false;
  /** @internal The values were computed or handed in (and may be freed again). */
  evaluated = false;
  /** @internal Made inside a transform and not its result, so that hardly anybody outside holds it. */
  inner = false;
  /** @internal Values of an inner node that nobody asked for: stored because they were needed again, and given back. */
  cached = false;
  /** @internal `dispose` was called. */
  disposed = false;
  /** @internal A running transform needs `ins` after evaluation. */
  taped = false;
  /** @internal Placeholder of `compile`: its number, otherwise -1. */
  placeholder = -1;
  /** @internal Tensors that are evaluated together with this one. */
  group: readonly Tensor[] | null = null;
  /** @internal Scheduling marks. */
  epoch = 0;
  /** @internal */
  position = 0;
  /** @internal Plan in which this node was computed without being stored, and its position there. */
  plan: Plan | null = null;
  /** @internal */
  planPosition = 0;

  /** @internal */
  constructor(
    op: Op,
    ins: readonly Tensor[],
    shape: Shape,
    dtype: D,
    attr: Attr | null,
    backend: Backend,
    depth: number,
    scalar: number,
  ) {
    this.op = op;
    this.ins = ins.length === 0 ? NO_INPUTS : ins;
    this.s = shape;
    this.dtype = dtype;
    this.attr = attr;
    this.backend = backend;
    this.depth = depth;
    this.scalar = scalar;
  }

  /** Sizes of the axes. */
  get shape(): readonly number[] {
    return this.s.dims;
  }

  /** Number of axes. */
  get ndim(): number {
    return this.s.dims.length;
  }

  /** Number of elements. */
  get size(): number {
    return this.s.size;
  }

  /** Name of the device that holds the values. */
  get device(): string {
    return this.backend.name;
  }

  /**
   * Computes the values now (on WebGPU: submits the work) and returns the tensor.
   * @throws DisposedError when the tensor or something it needs was disposed, TraceError inside `compile`, OutOfMemoryError
   */
  eval(): this {
    this.#realized("eval");
    return this;
  }

  /**
   * A fresh copy of the values in C order; bools are 0 and 1 in a Uint8Array, halves bit patterns in a Uint16Array, complex
   * numbers are interleaved (re, im, re, im, ...) in the float array of their parts.
   *
   * While much memory is held by tensors that nobody can reach any more, this is also the place where it is given back.
   * @throws as {@link Tensor.eval}
   */
  data(): Promise<TypedArrayOf<D>> {
    return this.#read("data");
  }

  /**
   * The same at once.
   * @throws DeviceError on a device that cannot be read synchronously
   */
  dataSync(): TypedArrayOf<D> {
    checkAlive("dataSync", this);
    if (this.backend.readSync === undefined) {
      throw new DeviceError(
        `dataSync: device ${this.backend.name} cannot be read synchronously (expected the cpu device). Use \`await tensor.data()\`.`,
      );
    }
    const storage = this.#realized("dataSync");
    return this.#wrap(this.backend.readSync(storage, ...storedAs(this.dtype, this.s.size)));
  }

  /**
   * Copies the values into an array of the matching type and length, and returns it.
   * @throws ArgumentError when the array does not fit
   */
  async dataInto<A extends TypedArrayOf<D>>(target: A): Promise<A> {
    const expected = dtypeInfo(this.dtype).array;
    if (!(target instanceof expected) || target.length !== this.#length()) {
      const length = ArrayBuffer.isView(target) ? ` of length ${(target as { length?: number }).length}` : "";
      throw new ArgumentError(
        `dataInto: target does not fit (got ${show(target)}${length}, expected ${expected.name} of length ${this.#length()}).`,
      );
    }
    const storage = this.#affordable("dataInto") ?? (await this.#swept("dataInto"));
    if (this.backend.readInto !== undefined) {
      this.backend.readInto(storage, storedAs(this.dtype, 0)[0], target);
      await relievePressure(this.backend);
    } else {
      target.set((await this.data()) as never);
    }
    return target;
  }

  /** The value of a tensor with exactly one element. @throws ShapeError for any other size */
  async item(): Promise<ScalarOf<D>> {
    if (this.s.size !== 1) {
      throw new ShapeError(
        `item: tensor must have exactly one element (got shape ${showShape(this.shape)}, expected size 1). Use data().`,
      );
    }
    const [value, im] = await this.#read("item");
    if (isComplex(this.dtype)) return { re: value, im } as ScalarOf<D>;
    if (this.dtype === "f16") return halves.rules?.decode(value) as ScalarOf<D>;
    return (this.dtype === "bool" ? value !== 0 : value) as ScalarOf<D>;
  }

  /**
   * Gives the memory back without waiting for the garbage collector; a second call does nothing. Pending results that need
   * the values still get them; using the tensor in something new throws a DisposedError.
   */
  dispose(): void {
    disposeTensor(this);
  }

  /** `using x = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    disposeTensor(this);
  }

  /** A short description without values: `Tensor f32[2,3] on cpu`. */
  toString(): string {
    return `Tensor ${this.dtype}${showShape(this.shape)} on ${this.device}`;
  }

  /** Always throws: values are read asynchronously. */
  toJSON(): never {
    throw new TypeError(
      `JSON.stringify: a tensor has no JSON form (got ${this.toString()}). Use \`await tensor.data()\`.`,
    );
  }

  /** Always throws, so that arithmetic operators on tensors fail loudly; only text is possible. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new TypeError(
      `Tensor: operators such as + and < do not work on tensors (got ${this.toString()}). ` +
        "Use add(a, b) or `await tensor.item()`.",
    );
  }

  async #read(name: string): Promise<TypedArrayOf<D>> {
    const storage = this.#affordable(name) ?? (await this.#swept(name));
    const bytes = await this.backend.read(storage, ...storedAs(this.dtype, this.s.size));
    await relievePressure(this.backend);
    return this.#wrap(bytes);
  }

  /** The values, or null when there is no memory for them. */
  #affordable(name: string): Storage | null {
    try {
      return this.#realized(name);
    } catch (error) {
      if (error instanceof OutOfMemoryError) return null;
      throw error;
    }
  }

  /** The same after collecting garbage. */
  async #swept(name: string): Promise<Storage> {
    await sweep(this.backend);
    return this.#realized(name);
  }

  #realized(name: string): Storage {
    checkAlive(name, this);
    if (this.storage === null) realize([this], name);
    keepValues(this);
    return this.storage as unknown as Storage;
  }

  /** Number of real numbers that the values consist of. */
  #length(): number {
    return this.s.size * partsOf(this.dtype);
  }

  #wrap(bytes: ArrayBuffer): TypedArrayOf<D> {
    const View = dtypeInfo(this.dtype).array as Float32ArrayConstructor;
    // An odd number of halves leaves half a word.
    return new View(bytes, 0, this.#length()) as TypedArrayOf<D>;
  }
}

/** Throws unless `x` is a tensor that was not disposed. @param what names the argument */
export function requireTensor(name: string, x: unknown, what = "x"): asserts x is Tensor {
  if (!(x instanceof Tensor)) {
    throw new ArgumentError(`${name}: ${what} must be a tensor (got ${show(x)}). Make one with tensor().`);
  }
  checkAlive(name, x);
}

/** Whether a value is a tensor. */
export function isTensor(x: unknown): x is Tensor {
  return x instanceof Tensor;
}
