/** The file about layers and small networks. */
import { unknownSections, type GoldenReader } from "@ansatz/golden";
import { directionNetwork } from "./directionNetwork.ts";
import { operations } from "./operations.ts";

/** Keys that describe the file. */
const DESCRIPTION = ["file", "about", "source", "conventions", "tolerance"];

/** Each section becomes cases. */
export const nets: GoldenReader = (file) => [
  ...("ops" in file ? operations(file.ops, file.tolerance) : []),
  ...("dcdm_net" in file ? directionNetwork(file.dcdm_net, file.tolerance) : []),
  ...unknownSections(file, [...DESCRIPTION, "ops", "dcdm_net"]),
];
