/** Constants that operations hand to their kernels as tensors, kept per device. */
import type { Backend } from "../backend/backend.ts";
import { attachStorage } from "../graph/lifetime.ts";
import { LEAF } from "../graph/record.ts";
import { checkShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";

type FloatType = "f32" | "f64";

/** Constants kept per device, in bytes; those used longest ago are forgotten first. */
const CAPACITY = 256 * 2 ** 20;

interface Kept {
  readonly tensors: Map<string, Tensor<FloatType>>;
  bytes: number;
}

const kept = /*@__PURE__*/ new WeakMap<Backend, Kept>();

/**
 * A constant tensor, made when it is first asked for. It belongs to no scope and no transform: it is made behind their back and
 * lives until it is forgotten here and nothing uses it any more.
 * @param key what the values depend on, besides the data type
 * @param values the elements, rounded to the data type
 */
export function constantTensor<D extends FloatType>(
  backend: Backend,
  dtype: D,
  key: string,
  dims: readonly number[],
  values: () => Float64Array,
): Tensor<D> {
  let mine = kept.get(backend);
  if (mine === undefined) {
    mine = { tensors: new Map(), bytes: 0 };
    kept.set(backend, mine);
  }
  const full = `${dtype} ${key}`;
  let t = mine.tensors.get(full) as Tensor<D> | undefined;
  if (t === undefined) {
    const shape = checkShape(key, dims);
    const bytes = Math.max(1, shape.size) * backend.elementBytes(dtype);
    const storage = backend.alloc(bytes);
    const data = values();
    backend.write(storage, dtype, dtype === "f32" ? Float32Array.from(data) : data);
    t = new Tensor(LEAF, [], shape, dtype, null, backend, 0, 0);
    attachStorage(t, storage);
    mine.bytes += bytes;
  } else mine.tensors.delete(full);
  mine.tensors.set(full, t);
  for (const [name, old] of mine.tensors) {
    if (mine.bytes <= CAPACITY || old === t) break;
    mine.tensors.delete(name);
    mine.bytes -= Math.max(1, old.size) * backend.elementBytes(old.dtype);
  }
  return t;
}
