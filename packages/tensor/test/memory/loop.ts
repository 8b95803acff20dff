/** A loop that never releases anything: run by child processes and by a page. */
import * as T from "@ansatz/tensor";

/** Makes 400 tensors of 16 MiB and reads one number of each. @returns the most memory held, in MiB */
export async function run(): Promise<number> {
  T.configure({ threads: 1 });
  const x = T.full([2048, 2048], 1.5).eval();
  for (let i = 0; i < 400; i++) {
    const t = T.add(x, i).eval();
    const value = await T.slice(t, [2047, 2047]).item();
    if (value !== 1.5 + i) throw new Error(`step ${i}: got ${Number(value)}`);
  }
  return Math.ceil(T.memory().peak / 2 ** 20);
}
