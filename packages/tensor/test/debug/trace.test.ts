/** Reports of what a device compiles and runs. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { add, matmul, mul, ones, sqrt, sub, sum, tensor, type Tensor } from "@ansatz/tensor";
import { traceKernels, type KernelEvent, type TraceOptions } from "@ansatz/tensor/debug";

const folder = new URL("../../", import.meta.url);

/** Events while `run` runs. */
function eventsOf(level: 1 | 2 | 3, run: () => void, device?: string): KernelEvent[] {
  const events: KernelEvent[] = [];
  const stop = traceKernels({ level, sink: (event) => events.push(event), device });
  try {
    run();
  } finally {
    stop();
  }
  return events;
}

describe("traceKernels", () => {
  it("reports launches at level 1, of schedules that are used again too", () => {
    const events = eventsOf(1, () => {
      for (let i = 0; i < 2; i++) sum(mul(add(ones([3, 4]), 2), 3), { axis: 1 }).eval();
      matmul(tensor([[1, 2]]), tensor([[3], [4]])).eval();
    });
    expect(events.map((event) => [event.kind, event.steps])).toEqual([
      ["launch", ["reduce [3] over [4]"]],
      ["launch", ["reduce [3] over [4]"]],
      ["launch", ["matmul f32[1,2] f32[2,1] -> f32[1,1]"]],
    ]);
    expect(events[0].plan).toBe(events[1].plan);
    expect(events[2].plan).not.toBe(events[1].plan);
    expect(events[2].text).toBe(`launch cpu ${events[2].plan}: matmul f32[1,2] f32[2,1] -> f32[1,1]`);
    expect(events[0].milliseconds).toBeUndefined();
  });

  it("reports compilations with sizes and operations at level 2", () => {
    const x = tensor([1, 2, 3, 4, 5]);
    const [compiled, launch, ...more] = eventsOf(2, () => void sub(sqrt(x), 0.25).eval());
    expect(more).toEqual([]);
    expect([compiled.kind, launch.kind]).toEqual(["compile", "launch"]);
    expect(launch.plan).toBe(compiled.plan);
    expect(compiled.text.split("\n")).toEqual([
      `compile cpu ${compiled.plan}: map [5]`,
      "  buffer 0: input, 5 of f32",
      "  buffer 1: output, 5 of f32",
      "  step 0: map [5]",
      "    a0: load f32 from buffer 0, offset 0, strides [1]",
      "    a1: store f32 to buffer 1, offset 0, strides [1]",
      "    p0: f32 = scalar 0",
      "    %0 = load f32 a0",
      "    %1 = sqrt f32 %0",
      "    %2 = param f32 p0",
      "    %3 = sub f32 %1, %2",
      "    a1 <- %3",
    ]);
    expect(eventsOf(2, () => void sum(tensor([[1], [2], [3]])).eval())[0].text).toMatch(
      /start with.*\n.*at every element/,
    );
  });

  it("reports times at level 3", () => {
    const events = eventsOf(3, () => void sub(ones([7, 2, 1]), ones([7, 1, 3])).eval());
    expect(events.map((event) => event.kind)).toEqual(["compile", "launch"]);
    for (const { milliseconds, text } of events) {
      expect(milliseconds).toBeGreaterThanOrEqual(0);
      expect(text.split("\n")[0]).toMatch(/\(\d+\.\d{3} ms\)$/);
    }
  });

  it("watches one device, and ends", () => {
    const run = (): void => void sqrt(ones([2, 9], { device: "js" })).eval();
    expect(eventsOf(1, run)).toEqual([]);
    const events: string[] = [];
    const sink = (event: KernelEvent): void => void events.push(event.text);
    const stop = traceKernels({ level: 1, sink, device: "js" });
    mul(ones([2, 9], { device: "js" }), 3).eval();
    expect(events).toHaveLength(1);
    stop();
    stop();
    mul(ones([2, 9], { device: "js" }), 3).eval();
    expect(events).toHaveLength(1);
  });

  it("lets several watch, each at its level, and changes no values", async () => {
    const first: string[] = [];
    const stop = traceKernels({ level: 1, sink: (event) => first.push(event.kind) });
    let y: Tensor = ones([1]);
    const second = eventsOf(2, () => {
      y = mul(add(ones([6]), 1), tensor([1, 2, 3, 4, 5, 6])).eval();
    });
    stop();
    expect(first).toEqual(["launch"]);
    expect(second.map((event) => event.kind)).toEqual(["compile", "launch"]);
    expect([...(await y.data())]).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it.each([
    [{ level: 0, sink: () => {} }, /traceKernels: level does not exist \(got 0, expected 1, 2 or 3\)/],
    [{ level: 1 }, /traceKernels: a function is needed \(got undefined\)/],
    [{ level: 1, sink: () => {}, device: "abacus" }, /device: no such device \(got "abacus"/],
    [{ level: 1, print: true }, /traceKernels: unknown option \(got "print"/],
    [undefined, /traceKernels: level does not exist \(got undefined/],
  ])("refuses %o", (options, message) => {
    expect(() => traceKernels(options as unknown as TraceOptions)).toThrow(message);
  });
});

describe("register", () => {
  const run = (level: string | undefined): { stdout: string; stderr: string } =>
    spawnSync(
      process.execPath,
      [
        "--conditions=@ansatz/source",
        "--import=@ansatz/tensor/debug/register",
        "--input-type=module-typescript",
        "--eval",
        'import { mul, ones } from "@ansatz/tensor"; console.log(await mul(ones([2]), 3).data());',
      ],
      { cwd: folder, encoding: "utf8", timeout: 30_000, env: { ...process.env, ANSATZ_DEBUG: level } },
    );

  it("writes to the standard error stream", () => {
    const { stdout, stderr } = run("2");
    expect(stdout).toBe("Float32Array(2) [ 3, 3 ]\n");
    expect(stderr).toMatch(/^compile cpu 1: map \[2\]\n {2}buffer 0: [^]*\nlaunch cpu 1: map \[2\]\n$/);
  });

  it("is silent without a level, and refuses others", () => {
    expect(run(undefined).stderr).toBe("");
    expect(run("0").stderr).toBe("");
    expect(run("loud").stderr).toContain('ANSATZ_DEBUG: level does not exist (got "loud", expected 0, 1, 2 or 3)');
  });
});
