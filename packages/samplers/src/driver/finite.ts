/** Looking for NaN and infinities. */
import { all, isFinite, type Tensor } from "@ansatz/tensor";

/** Whether every element is finite. Evaluates `x` and reads one value. */
export async function allFinite(x: Tensor): Promise<boolean> {
  x.eval();
  const flag = all(isFinite(x));
  const value = await flag.item();
  flag.dispose();
  return Boolean(value);
}
