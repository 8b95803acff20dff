/** The figures of the tensor core. */
import type { Suite } from "../base.ts";
import { a1, a2, a3 } from "./accuracy.ts";
import { c1, c2, c3, c4 } from "./elementwise.ts";
import { i1 } from "./growth.ts";
import { i2 } from "./graphs.ts";
import { h1, h2, h3, h4, h5, h6, h7 } from "./goals.ts";
import { e1, e2 } from "./gradients.ts";
import { d6, d7 } from "./linalg.ts";
import { f1, f2, f3 } from "./memory.ts";
import { g1, g2 } from "./packaging.ts";
import { d1, d2 } from "./products.ts";
import { b1, b2 } from "./randomness.ts";
import { c5, c6 } from "./reductions.ts";
import { d3, d4, d5 } from "./transforms.ts";

export const tensorSuite: Suite = {
  name: "tensor",
  title: "The tensor core: accuracy, random numbers, speed, gradients, memory, size",
  packages: ["@ansatz/tensor"],
  figures: [
    a1,
    a2,
    a3,
    b1,
    b2,
    c1,
    c2,
    c3,
    c4,
    c5,
    c6,
    d1,
    d2,
    d3,
    d4,
    d5,
    d6,
    d7,
    e1,
    e2,
    f1,
    f2,
    f3,
    g1,
    g2,
    h1,
    h2,
    h3,
    h4,
    h5,
    h6,
    h7,
    i1,
    i2,
  ],
};
