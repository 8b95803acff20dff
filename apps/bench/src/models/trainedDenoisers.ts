/** The shipped networks that remove noise. */
import { learnedDenoiser, type Denoiser } from "@ansatz/inverse";
import { loadParameters } from "@ansatz/nn";
import { key } from "@ansatz/tensor/random";
import { readAsset } from "../assets.ts";
import { DENOISERS } from "../train/denoisers.ts";

/** One of them, on the CPU. @throws Error when its file is missing or holds something else */
export async function trainedDenoiser(name: keyof typeof DENOISERS): Promise<Denoiser> {
  const { net } = DENOISERS[name];
  const like = net.init(key(0), { device: "cpu" });
  return learnedDenoiser(net, loadParameters(await readAsset(name), like, { device: "cpu" }).params);
}
