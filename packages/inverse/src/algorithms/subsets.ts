/** Parts of the data that are used one after the other. */
import { ArgumentError, div, greater, take, tensor, where, type Tensor } from "@ansatz/tensor";
import type { LinearOperator } from "@ansatz/tensor/linear";
import { checkCount } from "../check.ts";
import { checkGeometry, selectViews, type Geometry } from "../geometry/base.ts";
import type { ConeBeam } from "../geometry/coneBeam.ts";
import { coneProjector } from "../projectors/cone.ts";
import { projector, type ProjectorOptions } from "../projectors/projector.ts";

/** Some of the rows of an operator. */
export interface Subset {
  readonly operator: LinearOperator;
  /** The data of these rows. */
  pick(data: Tensor): Tensor;
}

/**
 * The views of a geometry in `count` subsets of interleaved views, subset s with the views s, s + count, ...
 * The options are those of {@link projector}, or, with a cone, of {@link coneProjector}.
 * @throws ArgumentError unless 1 <= count <= number of views
 */
export function viewSubsets(geometry: Geometry | ConeBeam, count: number, options: ProjectorOptions = {}): Subset[] {
  const name = "viewSubsets";
  if (geometry?.kind !== "cone") checkGeometry(name, geometry);
  checkCount(name, "count", count);
  const total = geometry.angles.length;
  if (count > total) {
    throw new ArgumentError(
      `${name}: count is out of range (got ${count}, expected at most ${total}, the number of views).`,
    );
  }
  const axis = options.slices === undefined ? 0 : 1;
  return Array.from({ length: count }, (_, s) => {
    const views = Array.from({ length: Math.ceil((total - s) / count) }, (__, i) => s + i * count);
    return {
      operator:
        geometry.kind === "cone"
          ? coneProjector({ ...geometry, angles: views.map((v) => geometry.angles[v]) }, options)
          : projector(selectViews(geometry, views), options),
      pick: (data: Tensor) => take(data, tensor(views, { dtype: "i32", device: data.device }), axis),
    };
  });
}

/** Throws unless there are subsets of operators with one domain. */
export function checkSubsets(name: string, subsets: readonly Subset[]): void {
  if (!(Array.isArray(subsets) && subsets.length > 0)) {
    throw new ArgumentError(`${name}: subsets is empty (got no subset, expected e.g. viewSubsets(geometry, 10)).`);
  }
}

/** Throws unless a relaxation lies in (0, 2). */
export function checkRelaxation(name: string, relaxation: unknown): void {
  if (!(typeof relaxation === "number" && relaxation > 0 && relaxation < 2)) {
    throw new ArgumentError(
      `${name}: relaxation is out of range (got ${String(relaxation)}, expected a number in (0, 2)).`,
    );
  }
}

/** `1 / x` where x > 0, 0 elsewhere. */
export function inverse(x: Tensor): Tensor {
  const positive = greater(x, 0);
  return where(positive, div(1, where(positive, x, 1)), 0);
}
