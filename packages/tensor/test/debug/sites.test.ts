/** Errors name the places where their tensors were made, when somebody follows. */
import { afterEach, describe, expect, it } from "vitest";
import {
  add,
  compile,
  concat,
  configure,
  logicalNot,
  matmul,
  mul,
  ones,
  reshape,
  sum,
  tensor,
  vjp,
  withDevice,
  zeros,
  type Tensor,
} from "@ansatz/tensor";
import { siteOf, trackSites } from "@ansatz/tensor/debug";
import { hooks } from "../../src/errors.ts";

const FILE = new URL(import.meta.url).pathname;
/** The line of this file in which it is called. */
const here = (): number => Number(/sites\.test\.ts:(\d+)/.exec((new Error().stack as string).split("\n")[2])?.[1]);
const messageOf = async (f: () => unknown): Promise<string> => {
  try {
    await f();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
};
/** `/…/sites.test.ts:LINE:` */
const at = (line: number): string => `was made at ${FILE}:${line}:`;

const stops: (() => void)[] = [];
const follow = (): void => void stops.push(trackSites());
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

describe("trackSites", () => {
  it("is off unless somebody follows, and off again afterwards", async () => {
    expect(hooks).toEqual({});
    const x = ones([2]);
    const stop = trackSites();
    const inner = trackSites();
    inner();
    inner();
    const y = ones([3]);
    expect([siteOf(x), siteOf(y)?.startsWith(FILE)]).toEqual([undefined, true]);
    stop();
    expect(hooks).toEqual({});
    expect(siteOf(ones([2]))).toBeUndefined();
    const plain = "add: shapes do not broadcast";
    expect(await messageOf(() => add(x, y))).toMatch(new RegExp(`^${plain}`));
    expect(await messageOf(() => add(x, y))).not.toContain("was made at");
  });

  it("shapes: names both operands, with the operations that made them", async () => {
    follow();
    const line = here() + 1;
    const x = mul(ones([2]), 3);
    const y = tensor([1, 2, 3]);
    const message = await messageOf(() => add(x, y));
    expect(message).toContain(`f32[2] of mul ${at(line)}`);
    expect(message).toContain(`f32[3] of leaf ${at(line + 1)}`);
    expect(await messageOf(() => matmul(y, x))).toContain(at(line));
    expect(await messageOf(() => reshape(x, [7]))).toContain(`f32[2] of mul ${at(line)}`);
    expect(await messageOf(() => concat([y, zeros([2, 2])]))).toContain(at(line + 1));
  });

  it("data types and devices", async () => {
    follow();
    const line = here() + 1;
    const x = ones([2], { dtype: "f32" });
    const onJs = withDevice("js", () => ones([2]));
    expect(await messageOf(() => logicalNot(x))).toContain(at(line));
    const message = await messageOf(() => add(x, onJs));
    expect(message).toMatch(/^add: tensors are on different devices/);
    expect(message).toContain(at(line));
    expect(message).toContain(at(line + 1));
  });

  it("disposed tensors, at once and when something pending needs them", async () => {
    follow();
    const line = here() + 1;
    const x = tensor([1, 2]);
    const y = add(x, 1);
    y.eval();
    y.dispose();
    expect(await messageOf(() => mul(y, 2))).toContain(`f32[2] of add ${at(line + 1)}`);
    x.dispose();
    expect(await messageOf(() => sum(x))).toContain(`f32[2] of leaf ${at(line)}`);
  });

  it("failures of an evaluation", async () => {
    follow();
    const before = configure({ memoryBudget: 2 ** 20 });
    try {
      const line = here() + 1;
      const big = add(ones([1000, 1000]), 1);
      expect(await messageOf(() => big.eval())).toMatch(/^cpu: out of memory/);
      expect(await messageOf(() => big.eval())).toContain(`f32[1000,1000] of add ${at(line)}`);
    } finally {
      configure(before);
    }
    const message = await messageOf(() => compile((t: Tensor) => (t.dataSync(), t))(ones([3])));
    expect(message).toContain("inside of compile");
  });

  it("passes over frames of the library, in derivatives and compiled functions too", () => {
    follow();
    const line = here() + 1;
    const { pull } = vjp((t: Tensor) => sum(mul(t, t)), ones([3]));
    const [g] = pull(ones([]));
    const f = compile((t: Tensor) => mul(t, 2));
    const y = f(ones([2]));
    expect(siteOf(g)).toContain(`${FILE}:${line + 1}:`);
    expect(siteOf(y)).toContain(`${FILE}:${line + 3}:`);
  });

  it("does not blame tensors of work that went well", async () => {
    follow();
    sum(ones([4])).eval();
    const message = await messageOf(() => configure({ threads: 0 }));
    expect(message).not.toContain("was made at");
    const x = ones([5]);
    await messageOf(() => add(x, ones([6])));
    await Promise.resolve();
    expect(await messageOf(() => add(tensor([1, 2]), tensor([1, 2, 3])))).not.toContain("f32[5]");
  });
});
