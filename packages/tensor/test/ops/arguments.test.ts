/** Every exported function with every wrong value in every place: an error of ours that says where and what. */
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { CALLS, EXEMPT, JUNK } from "./badArguments.ts";

const functions = { ...T, conv2d } as unknown as Record<string, (...args: unknown[]) => unknown>;

/** Evaluates whatever a call returned. */
async function use(result: unknown): Promise<void> {
  const value = await result;
  if (value instanceof T.Tensor) await value.data();
  else if (Array.isArray(value)) for (const v of value) await use(v);
}

async function outcome(name: string, args: unknown[]): Promise<unknown> {
  try {
    await use(functions[name](...args));
    return undefined;
  } catch (error) {
    return error;
  }
}

it("the list of calls is complete", () => {
  const exported = Object.keys(functions).filter(
    (n) => typeof functions[n] === "function" && !/^[A-Z]/.test(functions[n].name),
  );
  expect(Object.keys(CALLS).toSorted()).toEqual(exported.filter((n) => !EXEMPT.includes(n)).toSorted());
});

describe.each(Object.entries(CALLS))("%s", (name, { args, kinds }) => {
  it("accepts its example", async () => {
    expect(await outcome(name, args())).toBeUndefined();
  });

  it("names what is wrong with anything else", async () => {
    for (let at = 0; at < kinds.length; at++) {
      for (const [what, make, takenBy] of JUNK) {
        const given = args();
        given[at] = make();
        const error = await outcome(name, given);
        const where = `${name}, argument ${at + 1}: ${what}`;
        if (takenBy.includes(kinds[at]) && error === undefined) continue;
        expect(error, where).toBeInstanceOf(T.AnsatzError);
        expect(error, where).not.toBeInstanceOf(T.InternalError);
        // name: what is wrong (got X, ...).
        expect((error as Error).message, where).toMatch(/^[\w,: ]+: .*\(got .*\)/s);
        // A disposed leaf of a tree is an error when the leaf is used.
        if (kinds[at] === "tree" && error instanceof T.DisposedError) continue;
        expect((error as Error).message.split(/[:, ]/)[0], where).toMatch(
          new RegExp(`^(${name}|device|${ALIASES[name] ?? name})$`),
        );
      }
    }
  });

  it("refuses no arguments at all", async () => {
    const optional = ["memory"];
    const error = await outcome(name, []);
    if (!optional.includes(name)) expect(error).toBeInstanceOf(T.AnsatzError);
  });
});

/** Functions whose errors carry the name of something they are made of. */
const ALIASES: Record<string, string> = { valueAndGrad: "grad", compile: "compile" };
