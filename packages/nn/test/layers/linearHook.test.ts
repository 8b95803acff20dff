import { expect, test } from "vitest";
import { mul, tensor } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { conv2d, dense, sequential, withLinearHook, type LinearCall } from "@ansatz/nn";

test("a hook sees every linear layer with its weight and may replace the input", async () => {
  const net = sequential([dense({ in: 2, out: 3 }), dense({ in: 3, out: 1, bias: false })]);
  const params = net.init(key(1));
  const x = tensor([[1, -2]]);
  const calls: LinearCall[] = [];
  const doubled = withLinearHook(
    (call) => {
      calls.push(call);
      return call.input === x ? mul(call.input, 2) : call.input;
    },
    () => net.apply(params, x),
  );
  expect(calls.map(({ kind }) => kind)).toEqual(["dense", "dense"]);
  expect(calls.map(({ weight }) => weight)).toEqual([params[0].weight, params[1].weight]);
  expect(await doubled.data()).toEqual(await net.apply(params, mul(x, 2)).data());
});

test("the hook ends with the function, whether it returns or throws", () => {
  const layer = conv2d({ in: 1, out: 1, kernel: 1 });
  const params = layer.init(key(2));
  let seen = 0;
  const count = (call: LinearCall): LinearCall["input"] => {
    seen++;
    return call.input;
  };
  const x = tensor([[[[1]]]]);
  withLinearHook(count, () => layer.apply(params, x));
  expect(() => withLinearHook(count, () => layer.apply(params, tensor([1])))).toThrow("conv2d");
  layer.apply(params, x);
  expect(seen).toBe(1);
});
