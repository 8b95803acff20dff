/** Devices by name. `cpu` always exists; others are registered by importing and awaiting their factory. */
import type { Backend } from "./backend/backend.ts";
import { createCpuBackend } from "./backend/cpu/cpu.ts";
import type { DType } from "./dtype.ts";
import { DeviceError, DTypeError, show } from "./errors.ts";

const backends = new Map<string, Backend>();
let current = "cpu";

/** Makes a backend available under its name; a later one of the same name replaces it. */
export function registerBackend(backend: Backend): void {
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
    const hint =
      device === "webgpu"
        ? ' Call `await webgpu()` of "@ansatz/tensor/webgpu" first.'
        : "";
    throw new DeviceError(`device: no such device (got ${show(device)}, expected one of ${known}).${hint}`);
  }
  return backend;
}

/** The device on which tensors are created when none is named. */
export function defaultDevice(): string {
  return current;
}

/** Runs `fn` with another default device and returns its result. `fn` must be synchronous. */
export function withDevice<T>(device: string, fn: () => T): T {
  backendOf(device);
  const before = current;
  current = device;
  try {
    return fn();
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
  if (!backend.dtypes.has(dtype)) {
    throw new DTypeError(
      `${name}: ${dtype} does not exist on device ${backend.name} (got ${dtype}, expected ${[...backend.dtypes].join(", ")}). ` +
        `Use astype("f32") or the cpu device.`,
    );
  }
}
