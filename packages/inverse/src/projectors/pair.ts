/** A projector and its adjoint as two kernels that are each other's gradient. */
import type { Tensor } from "@ansatz/tensor";
import { defineKernel, type KernelContext } from "@ansatz/tensor/kernel";

/** The constants of a geometry on a device. */
export interface Tables {
  /** Lines, or footprints: [views, ...]. */
  readonly lines: Tensor;
  /** Where pixels are seen: [views, ...]. */
  readonly shadows: Tensor;
  readonly rows: number;
  readonly columns: number;
  readonly detectors: number;
  /** Element on which the centre is seen, with a fan. */
  readonly middle: number;
  readonly spacing: number;
  /** Pixels searched beyond what a ray crosses, for footprints in a fan. */
  readonly beyond: number;
}

/** A linear map and its adjoint. */
export interface KernelPair {
  /** Image [slices, rows, columns] to sinogram [slices, views, detectors]. */
  project(image: Tensor, tables: Tables): Tensor;
  backproject(sinogram: Tensor, tables: Tables): Tensor;
}

const FIELD = { dtype: "float", rank: 3 } as const;
const TABLES = { lines: { dtype: "float", rank: 3 }, shadows: { dtype: "float", rank: 2 } } as const;
const ATTRS = {
  rows: "i32",
  columns: "i32",
  detectors: "i32",
  middle: "f32",
  spacing: "f32",
  beyond: "i32",
} as const;

/** What both kernels of a pair do for one element of their result. */
export interface PairBodies {
  /** Element (slice, view, detector) of the sinogram. */
  project(
    k: KernelContext<{ readonly image: typeof FIELD } & typeof TABLES, { readonly sinogram: "float" }, typeof ATTRS>,
  ): void;
  /** Pixel (slice, row, column). */
  backproject(
    k: KernelContext<{ readonly sinogram: typeof FIELD } & typeof TABLES, { readonly image: "float" }, typeof ATTRS>,
  ): void;
}

/** Makes the kernels of a pair; each one gathers, with the same weights. */
export function kernelPair(name: string, { project, backproject }: PairBodies): KernelPair {
  const projection = defineKernel({
    name: `${name}Project`,
    inputs: { image: FIELD, ...TABLES },
    outputs: {
      sinogram: { dtype: "float", shape: ({ image, lines }, { detectors }) => [image[0], lines[0], detectors] },
    },
    attrs: ATTRS,
    units: ({ image, lines }, { detectors }) => [image[0], lines[0], detectors],
    body: project,
    vjp: ({ sinogram }, { inputs: { lines, shadows }, attrs }): { image: Tensor } => ({
      image: backprojection({ sinogram, lines, shadows }, attrs).image,
    }),
  });
  const backprojection = defineKernel({
    name: `${name}Backproject`,
    inputs: { sinogram: FIELD, ...TABLES },
    outputs: { image: { dtype: "float", shape: ({ sinogram }, { rows, columns }) => [sinogram[0], rows, columns] } },
    attrs: ATTRS,
    units: ({ sinogram }, { rows, columns }) => [sinogram[0], rows, columns],
    body: backproject,
    vjp: ({ image }, { inputs: { lines, shadows }, attrs }): { sinogram: Tensor } => ({
      sinogram: projection({ image, lines, shadows }, attrs).sinogram,
    }),
  });
  return {
    project: (image, { lines, shadows, ...attrs }) => projection({ image, lines, shadows }, attrs).sinogram,
    backproject: (sinogram, { lines, shadows, ...attrs }) => backprojection({ sinogram, lines, shadows }, attrs).image,
  };
}
