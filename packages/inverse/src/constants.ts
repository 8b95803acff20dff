/** Arrays that kernels read, kept on the device where they were made. */
import { defaultDevice, tensor, type Tensor } from "@ansatz/tensor";

/** Gives a constant on a device. */
export type Constant = (device: string) => Tensor;

/**
 * A constant array. It is made once for the device that is the default now; another device gets it anew with every call. A
 * kept one that a surrounding scope has disposed is made again, too.
 */
export function constant(values: Float64Array, shape: readonly number[], dtype: "f32" | "f64"): Constant {
  const make = (device: string): Tensor => tensor(values, { shape, dtype, device });
  const home = defaultDevice();
  const kept = make(home);
  return (device) => (device === home && !kept.disposed ? kept : make(device));
}
