/** Devices by name. `cpu` always exists; others are registered by importing and awaiting their factory. */
import type { Backend } from "./backend/backend.ts";
import { createCpuBackend } from "./backend/cpu/cpu.ts";
import { realOf, type DType } from "./dtype.ts";
import { halves } from "./graph/halves.ts";
import { ArgumentError, DeviceError, DTypeError, requireFunction, show } from "./errors.ts";

const backends = new Map<string, Backend>();
let current = "cpu";

/**
 * Makes a backend available under its name; a later one of the same name replaces it.
 * @throws ArgumentError for something that is no backend
 */
export function registerBackend(backend: Backend): void {
  if (typeof (backend as Backend | null | undefined)?.name !== "string" || typeof backend.compile !== "function") {
    throw new ArgumentError(
      `registerBackend: a backend is needed (got ${show(backend)}, expected e.g. the result of webgpu()).`,
    );
  }
  backends.set(backend.name, backend);
}

/** The backend of a device. @throws DeviceError when no such device is registered */
export function backendOf(device: string): Backend {
  let backend = backends.get(device);
  if (backend === undefined && (device === "cpu" || device === "js")) {
    backend = createCpuBackend({ name: device });
    backends.set(device, backend);
  }
  if (backend === undefined) {
    const known = [...new Set(["cpu", "js", ...backends.keys()])].join(", ");
    const hint = device === "webgpu" ? ' Call `await webgpu()` of "@ansatz/tensor/webgpu" first.' : "";
    throw new DeviceError(`device: no such device (got ${show(device)}, expected one of ${known}).${hint}`);
  }
  return backend;
}

/** The device on which tensors are created when none is named. */
export function defaultDevice(): string {
  return current;
}

/**
 * Runs `fn` with another default device and returns its result.
 * @param fn a synchronous function: the default is put back when it returns
 * @throws DeviceError for an unknown device, ArgumentError when `fn` returns a promise
 */
export function withDevice<T>(device: string, fn: () => T): T {
  requireFunction("withDevice", fn);
  backendOf(device);
  const before = current;
  current = device;
  try {
    const result = fn();
    if (typeof (result as { then?: unknown } | null | undefined)?.then === "function") {
      throw new ArgumentError(
        "withDevice: the function must be synchronous (got a promise, expected a value). Create tensors in it and await outside.",
      );
    }
    return result;
  } finally {
    current = before;
  }
}

/** Names of the devices that can be used now. */
export function devices(): string[] {
  return [...new Set(["cpu", "js", ...backends.keys()])];
}

/** Throws unless the device can hold the data type. */
export function requireOnDevice(name: string, backend: Backend, dtype: DType): void {
  const unknown = dtype === "f16" && halves.rules === null;
  if (unknown || !backend.dtypes.has(realOf(dtype))) {
    throw new DTypeError(
      `${name}: ${dtype} does not exist on device ${backend.name} (got ${dtype}, expected ${[...backend.dtypes].join(", ")}). ` +
        (unknown ? 'Import "@ansatz/tensor/half".' : "Use f32, or the cpu device."),
    );
  }
}
