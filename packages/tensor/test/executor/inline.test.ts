/** The inline executor: order, seeds, progress, abortion, errors. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnsatzError, ArgumentError } from "@ansatz/tensor";
import { inlineExecutor, TaskError, type Progress, type Task } from "@ansatz/tensor/executor";
import { key, uniform, type Key } from "@ansatz/tensor/random";

const executor = inlineExecutor();
const square: Task<number, number> = { name: "square", run: (x) => x * x };
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

describe("map", () => {
  it("returns the results in the order of the inputs", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 20 }), async (inputs) => {
        expect(await executor.map(square, inputs)).toEqual(inputs.map((x) => x * x));
      }),
      { numRuns: 20 },
    );
  });

  it("waits for asynchronous tasks one after the other", async () => {
    let running = 0;
    let most = 0;
    const task: Task<number, number> = {
      name: "slow",
      run: async (x) => {
        most = Math.max(most, ++running);
        await pause(x);
        running--;
        return x;
      },
    };
    expect(await executor.map(task, [3, 1, 2])).toEqual([3, 1, 2]);
    expect(most).toBe(1);
  });

  it("gives each input the key of its position", async () => {
    const task: Task<string, Key> = { name: "draw", key: key(7), run: (_, context) => context.key };
    expect(await executor.map(task, ["a", "b"])).toEqual(key(7).split(2));
    const draw: Task<number, number> = {
      name: "first",
      key: key(7),
      run: (n, context) => uniform(context.key, [n]).dataSync()[0],
    };
    const all = await executor.map(draw, [4, 4, 4]);
    expect(new Set(all).size).toBe(3);
    expect(await executor.map(draw, [4, 4, 4])).toEqual(all);
  });

  it("tells the position, and says when a task draws without a key", async () => {
    expect(await executor.map({ name: "where", run: (_, { index }) => index }, ["a", "b"])).toEqual([0, 1]);
    await expect(executor.map({ name: "draw", run: (_, context) => context.key }, [1])).rejects.toThrow(
      /task "draw" failed on input 0 .*has no key/,
    );
  });

  it("reports progress after every input", async () => {
    const seen: Progress[] = [];
    await executor.map(square, [1, 2, 3], { onProgress: (p) => seen.push(p) });
    expect(seen).toEqual([1, 2, 3].map((done) => ({ task: "square", done, total: 3 })));
  });

  it("ends with what onProgress throws", async () => {
    const onProgress = (): void => {
      throw new RangeError("enough");
    };
    await expect(executor.map(square, [1, 2], { onProgress })).rejects.toThrow(new RangeError("enough"));
  });
});

describe("a task that throws", () => {
  it.each([
    ["synchronously", false],
    ["later", true],
  ])("%s names task and input, keeps the cause, and ends the work", async (_, later) => {
    const cause = new RangeError("too large");
    const begun: number[] = [];
    const task: Task<number, number> = {
      name: "limit",
      run: (x) => {
        begun.push(x);
        if (x < 2) return x;
        if (later) return Promise.reject(cause);
        throw cause;
      },
    };
    const error: unknown = await executor.map(task, [0, 1, 2, 3]).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TaskError);
    expect(error).toBeInstanceOf(AnsatzError);
    expect(error).toMatchObject({ code: "task", task: "limit", index: 2, cause });
    expect((error as Error).message).toBe('executor: task "limit" failed on input 2 (got RangeError: too large).');
    expect(begun).toEqual([0, 1, 2]);
  });

  it("may throw anything", async () => {
    const task: Task<number, number> = {
      name: "odd",
      run: () => {
        // eslint-disable-next-line only-throw-error -- what users' code may do
        throw "text" as unknown as Error;
      },
    };
    await expect(executor.map(task, [0])).rejects.toThrow('(got "text")');
  });
});

describe("aborting", () => {
  it("before the call begins nothing", async () => {
    const reason = new Error("stop");
    let calls = 0;
    const task: Task<number, number> = { name: "count", run: () => ++calls };
    await expect(executor.map(task, [1], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(executor.map(task, [], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(calls).toBe(0);
  });

  it("does not wait for a task that does not listen", async () => {
    const controller = new AbortController();
    const task: Task<number, number> = { name: "deaf", run: () => new Promise<number>(() => {}) };
    const result = executor.map(task, [1], { signal: controller.signal });
    controller.abort(new Error("stop"));
    await expect(result).rejects.toThrow(new Error("stop"));
  });

  it("is heard by the task, whose own error then does not count", async () => {
    const controller = new AbortController();
    const task: Task<number, number> = {
      name: "listener",
      run: (_, { signal }) => {
        controller.abort(new Error("stop"));
        signal.throwIfAborted();
        return 1;
      },
    };
    await expect(executor.map(task, [1, 2], { signal: controller.signal })).rejects.toThrow(new Error("stop"));
  });

  it("is heard between synchronous tasks, because the event loop gets its turn", async () => {
    const controller = new AbortController();
    let calls = 0;
    const task: Task<number, number> = {
      name: "busy",
      run: () => {
        const end = performance.now() + 2;
        while (performance.now() < end);
        return ++calls;
      },
    };
    setTimeout(() => controller.abort(new Error("stop")), 20);
    const inputs = new Array<number>(5000).fill(0);
    await expect(executor.map(task, inputs, { signal: controller.signal })).rejects.toThrow(new Error("stop"));
    expect(calls).toBeLessThan(5000);
  });

  it("leaves no listener behind", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>): void => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
      listeners--;
      remove(...args);
    };
    await executor.map(square, [1, 2, 3], { signal });
    expect(listeners).toBe(0);
  });
});

describe("wrong arguments", () => {
  const run = (): number => 0;
  it.each([
    ["no task", undefined, [], {}, "a named task is needed (got undefined"],
    ["a bare function", run, [], {}, "a named task is needed (got a function"],
    ["no name", { name: "", run }, [], {}, 'a named task is needed (got the name ""'],
    ["nothing to run", { name: "a" }, [], {}, 'task "a": a function is needed (got undefined)'],
    ["a seed for a key", { name: "a", key: 1, run }, [], {}, 'task "a": the first argument must be a key'],
    ["no array", { name: "a", run }, "abc", {}, 'inputs must be an array (got "abc")'],
    ["an unknown option", { name: "a", run }, [], { threads: 2 }, 'unknown option (got "threads"'],
    ["no signal", { name: "a", run }, [], { signal: {} }, "signal must be an AbortSignal (got an object)"],
    ["no function", { name: "a", run }, [], { onProgress: 1 }, "onProgress: a function is needed (got 1)"],
  ])("%s", async (_, task, inputs, options, message) => {
    const call = executor.map(task as never, inputs as never, options as never);
    await expect(call).rejects.toBeInstanceOf(ArgumentError);
    await expect(call).rejects.toThrow(message);
  });
});
