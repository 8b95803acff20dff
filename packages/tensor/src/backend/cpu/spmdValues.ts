/**
 * Values of expressions, as single integers where all lanes agree or differ by a constant, as vectors otherwise. What is
 * needed in the other form is converted once per statement.
 */
import { visitExprs, type Expr, type Ty } from "../../kernel/expr.ts";
import type { Local } from "./asm.ts";
import { findCold } from "./emitCold.ts";
import { resize, type Node } from "./emitOp.ts";
import { helper, maskWidth, pushNode } from "./emitProgram.ts";
import { giveBack, take } from "./emitState.ts";
import { emitOperation, operandsOf } from "./spmdIdioms.ts";
import { emitScalar } from "./spmdScalar.ts";
import { constantKey, placeOf, type Place, type SpmdState } from "./spmdState.ts";

/** Form of a value. */
type Form = "scalar" | "vector";

/** Turns the integer on the stack, of the first lane, into a vector. */
export function spread(s: SpmdState, ty: Ty, stride: number): void {
  const { f } = s;
  if (ty === "bool") {
    const t = take(s, "i32");
    f.set(t).i32Const(0).get(t).op("i32.sub");
    giveBack(s, "i32", [t]);
  }
  f.op("i32x4.splat");
  if (stride !== 0 && s.live > 1) {
    f.v128Const(Int32Array.of(0, stride, 2 * stride, 3 * stride)).op("i32x4.add");
  }
}

/** Turns the vector on the stack into the integer in its first lane. */
export function first(s: SpmdState, ty: Ty): void {
  s.f.lane("i32x4.extract_lane", 0);
  if (ty === "bool") s.f.i32Const(1).op("i32.and");
}

/** The values of one statement. {@link Values.done} gives back the locals that they took. */
export class Values {
  readonly #s: SpmdState;
  readonly #known: Record<Form, Map<Expr, Local>> = { scalar: new Map(), vector: new Map() };

  constructor(s: SpmdState) {
    this.#s = s;
  }

  /** Pushes a value of type i32, u32 or bool (0 or 1) that is the same in all lanes, or that of the first lane. */
  scalar(e: Expr): void {
    this.#push(e, "scalar");
  }

  /** Pushes a value as a vector; masks have 32-bit lanes. */
  vector(e: Expr): void {
    this.#push(e, "vector");
  }

  /** Gives back all locals. */
  done(): void {
    giveBack(this.#s, "i32", [...this.#known.scalar.values()]);
    giveBack(this.#s, "v128", [...this.#known.vector.values()]);
  }

  #formOf(e: Expr): Form {
    return this.#s.analysis.isScalar(e) ? "scalar" : "vector";
  }

  /** The local that holds a value in a form. */
  #local(e: Expr, form: Form): Local | undefined {
    const s = this.#s;
    if (e.op === "const") return form === "vector" ? s.constants.get(constantKey(e.ty, e.value)) : undefined;
    if (e.op === "param" || e.op === "acc") {
      const place = placeOf(s, e)[form];
      if (place !== undefined) return place;
    }
    return this.#known[form].get(e);
  }

  #push(root: Expr, form: Form): void {
    for (const [e, wanted] of this.#conversions(root, form)) this.#convert(e, wanted);
    this.#pushIn(root, form);
  }

  /** What must be converted before `root` can be computed, operands first. */
  #conversions(root: Expr, form: Form): [Expr, Form][] {
    const list: [Expr, Form][] = [];
    const seen = new Set<string>();
    const need = (e: Expr, wanted: Form): void => {
      const key = `${wanted} ${e.id}`;
      if (e.op === "const" || seen.has(key) || this.#local(e, wanted) !== undefined) return;
      seen.add(key);
      if (this.#formOf(e) !== wanted) list.push([e, wanted]);
    };
    const inner = (e: Expr): readonly Expr[] => {
      const own = this.#formOf(e);
      if (this.#local(e, own) !== undefined) return [];
      return own === "vector" ? operandsOf(e) : e.args;
    };
    visitExprs([root], (e) => inner(e).forEach((a) => need(a, this.#formOf(e))), inner);
    need(root, form);
    return list;
  }

  #convert(e: Expr, wanted: Form): void {
    const s = this.#s;
    this.#pushIn(e, this.#formOf(e));
    if (wanted === "vector") spread(s, e.ty, s.analysis.stride(e) ?? 0);
    else first(s, e.ty);
    const local = take(s, wanted === "vector" ? "v128" : "i32");
    s.f.set(local);
    this.#known[wanted].set(e, local);
  }

  /** Pushes a value whose operands are all there in the right form. */
  #pushIn(root: Expr, form: Form): void {
    const local = this.#local(root, form);
    if (local !== undefined) this.#s.f.get(local);
    else if (form === "scalar") this.#pushScalar(root);
    else this.#pushVector(root);
  }

  /** Evaluates without recursion; values with several uses are kept in locals. */
  #pushScalar(root: Expr): void {
    const s = this.#s;
    const { f } = s;
    const uses = new Map<Expr, number>();
    const inner = (e: Expr): readonly Expr[] => (this.#local(e, "scalar") !== undefined ? [] : e.args);
    visitExprs([root], (e) => inner(e).forEach((a) => uses.set(a, (uses.get(a) ?? 0) + 1)), inner);
    const kept = new Map<Expr, Local>();
    const stack: { readonly e: Expr; next: number }[] = [{ e: root, next: 0 }];
    while (stack.length > 0) {
      const frame = stack[stack.length - 1];
      const { e } = frame;
      const local = kept.get(e) ?? this.#local(e, "scalar");
      // A select takes its condition last.
      const args = e.op === "select" ? [e.args[1], e.args[2], e.args[0]] : e.args;
      if (local !== undefined) f.get(local);
      else if (e.op === "const") f.i32Const(e.value as number);
      else if (frame.next < args.length) {
        stack.push({ e: args[frame.next++], next: 0 });
        continue;
      } else {
        emitScalar(s, e);
        if ((uses.get(e) ?? 0) > 1) {
          const held = take(s, "i32");
          kept.set(e, held);
          f.tee(held);
        }
      }
      stack.pop();
    }
    giveBack(s, "i32", [...kept.values()]);
  }

  #pushVector(root: Expr): void {
    const s = this.#s;
    const nodes = new Map<Expr, Node>();
    const leaves: Node[] = [];
    const inner: Node[] = [];
    const ones = new Map<Ty, Node>();
    const leaf = (e: Expr, local: Local): Node => {
      const node = makeNode(e, [], e.ty === "bool" ? 32 : 0, s.analysis.stride(e) !== 0);
      node.hoisted = true;
      node.kept = [local];
      leaves.push(node);
      return node;
    };
    const inside = (e: Expr): readonly Expr[] => (this.#local(e, "vector") !== undefined ? [] : operandsOf(e));
    visitExprs(
      [root],
      (e) => {
        const local = this.#local(e, "vector");
        if (local !== undefined) {
          nodes.set(e, leaf(e, local));
          return;
        }
        const args = operandsOf(e).map((a) => nodes.get(a) as Node);
        const extra = helper(e);
        if (extra !== undefined) {
          const one = s.constants.get(constantKey(extra.ty, 1)) as Local;
          const node = ones.get(extra.ty) ?? leaf(extra, one);
          ones.set(extra.ty, node);
          args.push(node);
        }
        const node = makeNode(e, args, maskWidth(s, e, args), s.analysis.stride(e) !== 0);
        for (const a of args) a.usesPerCopy++;
        nodes.set(e, node);
        inner.push(node);
      },
      inside,
    );
    const node = nodes.get(root) as Node;
    node.usesPerCopy++;
    findCold(inner, leaves);
    pushNode(s, node, 1, emitOperation);
    if (root.ty === "bool") resize(s, node.width, 32);
  }
}

function makeNode(expr: Expr, args: readonly Node[], width: Node["width"], varying: boolean): Node {
  return {
    expr,
    args,
    level: 0,
    varying,
    perCopy: true,
    width,
    hoisted: false,
    usesPerCopy: 0,
    usesShared: 0,
    left: 0,
    local: undefined,
    kept: [],
    cold: undefined,
  };
}

/** Constants that are needed as vectors by the expressions below `roots`: their types and values by key. */
export function vectorConstants(
  roots: readonly Expr[],
  isScalar: (e: Expr) => boolean,
  into: Map<string, { readonly ty: Ty; readonly value: number | bigint }>,
): void {
  const add = (ty: Ty, value: number | bigint): void => void into.set(constantKey(ty, value), { ty, value });
  visitExprs(roots, (e) => {
    if (isScalar(e)) return;
    if (e.op === "const") add(e.ty, e.value);
    for (const a of operandsOf(e)) if (a.op === "const") add(a.ty, a.value);
    const extra = helper(e);
    if (extra !== undefined) add(extra.ty, 1);
  });
  for (const root of roots) if (root.op === "const") add(root.ty, root.value);
}

/** Registers and parameters that the expressions below `roots` need as vectors although they are integers. */
export function vectorLeaves(
  roots: readonly Expr[],
  isScalar: (e: Expr) => boolean,
  into: Record<"acc" | "param", Set<number>>,
): void {
  visitExprs(roots, (e) => {
    if (isScalar(e)) return;
    for (const a of operandsOf(e)) if (a.op === "acc" || a.op === "param") into[a.op].add(a.value as number);
  });
}

/** Puts the value on the stack (of a parameter or register, in its own form) into locals. */
export function settle(s: SpmdState, ty: Ty, scalar: boolean, stride: number, asVector: boolean, place: Place): void {
  const { f } = s;
  if (!scalar) {
    place.vector ??= take(s, "v128");
    f.set(place.vector);
    return;
  }
  place.scalar ??= take(s, "i32");
  f.set(place.scalar);
  if (!asVector) return;
  place.vector ??= take(s, "v128");
  f.get(place.scalar);
  spread(s, ty, stride);
  f.set(place.vector);
}
