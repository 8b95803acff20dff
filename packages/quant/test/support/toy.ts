/** The small denoiser of ptq4dm_toy.json. */
import { add, concat, cos, mul, reshape, silu, sin, tensor } from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { dense } from "@ansatz/nn";
import { discreteSchedule } from "@ansatz/samplers";
import type { DiscreteSchedule } from "@ansatz/samplers";
import type { TimedNetwork } from "@ansatz/quant";
import { bytesOf } from "../reader/common.ts";

/** Parameters by the names of the layers. */
export type ToyParams = Record<string, { readonly weight: Tensor; readonly bias: Tensor }>;

/** The network and its parameters, of a data type. */
export function toyNetwork(file: any, dtype: "f32" | "f64"): { network: TimedNetwork<ToyParams>; params: ToyParams } {
  const floats = (text: string): Float32Array<ArrayBuffer> => new Float32Array(bytesOf(text).buffer);
  const params = Object.fromEntries(
    file.layers.map((l: any) => [
      l.name,
      {
        weight: tensor(floats(l.w_b64), { shape: [l.out, l["in_"]], dtype }),
        bias: tensor(floats(l.b_b64), { shape: [l.out], dtype }),
      },
    ]),
  ) as ToyParams;
  const features = params["t1"].weight.shape[1];
  const half = features / 2;
  const hidden = Object.keys(params).filter((name) => /^hid\d+$/.test(name)).length;
  const frequencies = tensor(
    Float64Array.from({ length: half }, (_, j) => (1000 / file.T) * Math.exp((-Math.log(1000) * j) / (half - 1))),
    { dtype },
  );
  const network: TimedNetwork<ToyParams> = {
    apply(p, x, time) {
      const layer = (name: string, input: Tensor): Tensor => {
        const { weight } = p[name];
        return dense({ in: weight.shape[1], out: weight.shape[0] }).apply(p[name], input);
      };
      const angles = mul(reshape(time, [time.shape[0], 1]), frequencies);
      const te = silu(layer("t1", concat([sin(angles), cos(angles)], 1)));
      let h = layer("inp", x);
      for (let i = 0; i < hidden; i++) h = add(h, layer(`hid${i}`, silu(add(h, layer(`tp${i}`, te)))));
      return layer("out", silu(h));
    },
  };
  return { network, params };
}

/** The schedule of the file. */
export function toySchedule(file: any): DiscreteSchedule {
  const F = (u: number): number => Math.cos((((u + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  const betas = Array.from({ length: file.T }, (_, i) => Math.min(1 - F((i + 1) / file.T) / F(i / file.T), 0.999));
  return discreteSchedule({ betas });
}
