/** The table of the normal numbers as a tensor on each device. */
import type { Backend } from "../backend/backend.ts";
import { attachStorage } from "../graph/lifetime.ts";
import { LEAF } from "../graph/record.ts";
import { internShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { normalTable, OCTAVES, SEGMENTS } from "./normalTable.ts";

const tables = /*@__PURE__*/ new WeakMap<Backend, Tensor<"i32">>();

/**
 * The coefficients of `normalTable.ts` as i32[496,4]. It lives as long as its device: made behind the back of `scope` and
 * of transforms, which must not take it for one of their own tensors.
 */
export function normalTableTensor(backend: Backend): Tensor<"i32"> {
  let table = tables.get(backend);
  if (table === undefined) {
    const data = normalTable();
    const shape = internShape([OCTAVES * SEGMENTS, 4]);
    const storage = backend.alloc(data.length * backend.elementBytes("i32"));
    backend.write(storage, "i32", data);
    table = new Tensor(LEAF, [], shape, "i32", null, backend, 0, 0);
    attachStorage(table, storage);
    tables.set(backend, table);
  }
  return table;
}
