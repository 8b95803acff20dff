/** The file about layers and small networks. */
import { unknownCase, unknownSections, type GoldenReader } from "@ansatz/golden";
import { operations } from "./operations.ts";

/** Keys that describe the file. */
const DESCRIPTION = ["file", "about", "source", "conventions", "tolerance"];

/** Each section becomes cases; the network of deep conjugate directions is pending. */
export const nets: GoldenReader = (file) => [
  ...("ops" in file ? operations(file.ops, file.tolerance) : []),
  ...("dcdm_net" in file ? [unknownCase("network", "deep conjugate directions network")] : []),
  ...unknownSections(file, [...DESCRIPTION, "ops", "dcdm_net"]),
];
