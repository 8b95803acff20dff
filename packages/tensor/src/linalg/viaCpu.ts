/** Linear algebra in double precision for tensors of other devices: an explicit trip to the CPU and back. */
import { ArgumentError, DeviceError, requireFunction } from "../errors.ts";
import { to } from "../ops/create.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { together } from "../transform/together.ts";
import { treeFlatten, treeUnflatten, type Tree } from "../tree.ts";

/**
 * Copies tensors to the CPU, applies a function to the copies, and copies its results back to where the tensors were: for
 * factorizations of WebGPU tensors that need double precision inside, or are too large for the GPU's. One wait for the device, and all bytes of arguments and
 * results across the bus; with tensors that are on the CPU it only applies the function.
 *
 * No gradient flows through it. For one, take `vjp` inside of the function.
 * @param f a function of the copies that returns a tensor, or a list or object of tensors; it must be synchronous
 * @param args tensors of one device
 * @returns what the function returned, on that device, computed
 * @throws ArgumentError for no function or no tensors, DeviceError for tensors of different devices, DTypeError when the device
 * does not have the type of a result, and what the function throws
 * @example
 * const l = await viaCpu((a) => cholesky(a), covariance); // on webgpu, as covariance is
 */
export async function viaCpu<R extends Tree>(f: (...copies: Tensor[]) => R, ...args: readonly Tensor[]): Promise<R> {
  requireFunction("viaCpu", f);
  if (args.length === 0) {
    throw new ArgumentError("viaCpu: there are no tensors (got none, expected at least one after the function).");
  }
  for (const x of args) requireTensor("viaCpu", x, "every argument after the function");
  const [{ device }] = args;
  const other = args.find((x) => x.device !== device);
  if (other !== undefined) {
    throw new DeviceError(
      `viaCpu: tensors are on different devices (got ${device} and ${other.device}). Move one with to(x, device).`,
    );
  }
  const copies = await Promise.all(args.map((x) => to(x, "cpu")));
  const { leaves, spec } = treeFlatten(together(f(...copies)), "viaCpu");
  const back = await Promise.all(leaves.map(async (y) => (await to(y, device)).eval()));
  // A result may be an argument, or occur twice; disposing twice is no mistake.
  for (const t of [...copies, ...leaves]) if (!back.includes(t)) t.dispose();
  return treeUnflatten(spec, back) as R;
}
