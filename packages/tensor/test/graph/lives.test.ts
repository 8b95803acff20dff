/** Random programs with random lives: reading, disposing, grouping and scopes at any moment change no value. */
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import * as N from "../support/naive.ts";
import { input, randomStep, type Both } from "../support/programs.ts";
import { seeded, type Random } from "../support/random.ts";

interface Count {
  read: number;
  refused: number;
}

function check(t: Tensor, n: N.Naive, what: string): void {
  const got = t.dataSync() as ArrayLike<number>;
  const scale = Math.max(1, ...n.data.map((v) => Math.abs(v)));
  n.data.forEach((want, i) => {
    if (Math.abs(got[i] - want) <= 1e-12 * scale || Object.is(got[i], want)) return;
    expect.fail(`${what}: element ${i} is ${got[i]}, expected ${want}`);
  });
}

/** Runs `fn`; a DisposedError is an answer, anything else is not. */
function orDisposed<R>(count: Count, fn: () => R): R | null {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof T.DisposedError)) throw error;
    count.refused++;
    return null;
  }
}

function live(r: Random, values: readonly Both[], count: Count, seed: number): void {
  const { t, n } = r.pick(values);
  switch (r.int(0, 7)) {
    case 0:
    case 1:
      if (values.length > 4) t.dispose();
      break;
    case 2:
    case 3: {
      const read = orDisposed(count, () => (check(t, n, `seed ${seed}`), true));
      if (read === true) count.read++;
      break;
    }
    case 4:
      orDisposed(count, () => t.eval());
      break;
    case 5:
      orDisposed(count, () => T.together([t, r.pick(values).t, r.pick(values).t]));
      break;
    case 6:
      // What is made inside a scope goes, its result stays.
      orDisposed(count, () => {
        const kept = T.scope(() => {
          const inner = T.mul(t, 2);
          T.sum(inner).eval();
          return T.add(inner, 0.5);
        });
        check(
          kept,
          N.map((v) => v * 2 + 0.5, n),
          `seed ${seed}, scope`,
        );
        kept.dispose();
      });
      break;
    default:
      orDisposed(count, () => {
        const g = T.grad((x: Tensor) => T.sum(T.mul(x, t)))(t);
        check(g, n, `seed ${seed}, gradient`);
      });
  }
}

describe("random programs with random lives", () => {
  it.each([false, true])("give right values or refuse (eager: %s)", (eager) => {
    const before = T.configure({ eager });
    const count: Count = { read: 0, refused: 0 };
    try {
      for (let seed = 0; seed < 300; seed++) {
        const r = seeded(seed);
        const values = [input(r, [2, 3], "f64", "cpu"), input(r, [3], "f64", "cpu"), input(r, [2, 1, 4], "f64", "cpu")];
        for (let s = 0; s < 30; s++) {
          const next = orDisposed(count, () => randomStep(r, values, "f64", "cpu"));
          if (next !== null && N.size(next.n.shape) <= 300) values.push(next);
          live(r, values, count, seed);
        }
        for (const { t, n } of values) {
          const read = orDisposed(count, () => (check(t, n, `seed ${seed}, at the end`), true));
          if (read === true) count.read++;
        }
      }
    } finally {
      T.configure(before);
    }
    // Not all was refused.
    expect(count.read).toBeGreaterThan(1500);
    expect(count.refused).toBeGreaterThan(500);
  });

  it("give back all memory when everything is disposed, read or not", () => {
    const run = (): number => {
      for (let seed = 0; seed < 40; seed++) {
        const r = seeded(seed);
        T.scope(() => {
          const values = [
            input(r, [2, 3], "f64", "cpu"),
            input(r, [3], "f64", "cpu"),
            input(r, [2, 1, 4], "f64", "cpu"),
          ];
          for (let s = 0; s < 20; s++) {
            const next = randomStep(r, values, "f64", "cpu");
            if (next !== null && N.size(next.n.shape) <= 300) values.push(next);
            if (r.next() < 0.3) r.pick(values).t.eval();
          }
        });
      }
      return T.memory("cpu").used;
    };
    // The first runs leave plans behind, and find out what they had better store.
    run();
    run();
    const steady = run();
    expect(run()).toBe(steady);
  });
});
