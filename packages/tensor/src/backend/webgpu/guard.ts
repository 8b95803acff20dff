/**
 * Failures of a GPU device. WebGPU reports them later than the call that caused them; the guard keeps the first one
 * and throws it from every use of the device that follows, because results after a failure are undefined.
 */
import { type AnsatzError, DeviceError, OutOfMemoryError } from "../../errors.ts";

/** Watches one device. */
export interface Guard {
  /** Throws the first failure known so far. */
  check(): void;
  /** Runs `fn` so that every error of the device calls inside it is reported to this guard. `what` names the work. */
  scoped<T>(what: string, fn: () => T): T;
  /** Lets `settle` wait for work that reports failures by itself; returns it. */
  during(work: Promise<void>): Promise<void>;
  /** Waits until all scopes opened so far have reported. @throws the first failure */
  settle(): Promise<void>;
  /** Records a failure unless there is one already. */
  fail(error: unknown): void;
}

const HINT = 'Ask for a new device with `await webgpu()` of "@ansatz/tensor/webgpu".';

function toError(what: string, kind: string, error: GPUError, cause: unknown = error): AnsatzError {
  if (kind === "out-of-memory") {
    return new OutOfMemoryError(
      `webgpu: ${what}: the GPU's memory is used up (got ${error.message}). ` +
        `Dispose tensors, use smaller batches, then go on with a new device of \`await webgpu()\`.`,
    );
  }
  return new DeviceError(`webgpu: ${what}: ${kind} error (got ${error.message.trim()}). ${HINT}`, { cause });
}

/** The error of a pipeline that was not made. */
export function refused(what: string, cause: unknown): AnsatzError {
  const { message, reason = "internal" } = cause as Partial<GPUPipelineError>;
  return toError(what, reason, { message: message ?? String(cause) }, cause);
}

/** The error of a device that went away. */
export function lostError(reason: string, message: string): DeviceError {
  const detail = message === "" ? reason : `${reason}: ${message}`;
  return new DeviceError(`webgpu: the device is lost (got ${detail}). ${HINT}`);
}

/** Starts watching `device`. */
export function createGuard(device: GPUDevice): Guard {
  let failure: unknown;
  const pending = new Set<Promise<void>>();

  const fail = (error: unknown): void => {
    failure ??= error;
  };
  const check = (): void => {
    if (failure !== undefined) throw failure;
  };

  void device.lost.then((info) => fail(lostError(info.reason, info.message)));
  // Work outside scopes only repeats what a scope has checked before, so this is for what was never expected. The
  // event is left to its default action as well, so that the developer's console shows it.
  device.addEventListener("uncapturederror", (event) => {
    const { error } = event as GPUUncapturedErrorEvent;
    fail(
      toError("work on the device", error.constructor.name === "GPUOutOfMemoryError" ? "out-of-memory" : "GPU", error),
    );
  });

  const reported = async (what: string, kind: GPUErrorFilter, popped: Promise<GPUError | null>): Promise<void> => {
    try {
      const error = await popped;
      if (error !== null) fail(toError(what, kind, error));
    } catch (cause) {
      fail(lostError("unknown", cause instanceof Error ? cause.message : String(cause)));
    }
  };
  const during = (work: Promise<void>): Promise<void> => {
    pending.add(work);
    void work.finally(() => pending.delete(work));
    return work;
  };
  const pop = (what: string, kind: GPUErrorFilter): void => {
    void during(reported(what, kind, device.popErrorScope()));
  };

  return {
    check,
    fail,
    during,
    scoped(what, fn) {
      device.pushErrorScope("validation");
      device.pushErrorScope("internal");
      device.pushErrorScope("out-of-memory");
      try {
        return fn();
      } finally {
        pop(what, "out-of-memory");
        pop(what, "internal");
        pop(what, "validation");
      }
    },
    async settle() {
      await Promise.all(pending);
      check();
    },
  };
}
