/** How long programs take, roughly: what threads need to know before they divide the units among them. */
import { visitExprs, type Expr } from "./expr.ts";
import { blocksOf, statementExprs, type Statement } from "./program.ts";
import { evaluate } from "./semantics.ts";

/** Rounds of a loop whose number is not known before it runs. */
const SOME = 16;
/** Operations that a load or store counts for. */
const MEMORY_COST = 4;

/**
 * Operations of one unit. Expressions are counted once per statement that uses them, and both sides of branches.
 * @param params values of the parameters, from which the bounds of most loops follow
 */
export function unitOperations(body: readonly Statement[], params: readonly number[]): number {
  const known = (root: Expr): number | undefined => {
    const values = new Map<number, number | bigint>();
    visitExprs([root], (e) => {
      const args = e.args.map((a) => values.get(a.id));
      if (e.op === "const") values.set(e.id, e.value);
      else if (e.op === "param") values.set(e.id, params[e.value as number]);
      else if (e.op !== "acc" && args.every((a) => a !== undefined)) {
        values.set(e.id, evaluate(e.op, e.ty, e.args[0].ty, args as number[]));
      }
    });
    return values.get(root.id) as number | undefined;
  };
  const rounds = (s: Statement): number => {
    if (s.op === "while") return SOME;
    if (s.op !== "for") return 1;
    const [from, to] = [known(s.from), known(s.to)];
    return from === undefined || to === undefined ? SOME : Math.max(0, Math.ceil((to - from) / s.step));
  };
  const count = (block: readonly Statement[]): number =>
    block.reduce((total, s) => {
      let own = s.op === "load" || s.op === "store" ? MEMORY_COST : 1;
      visitExprs(statementExprs(s), (e) => {
        if (e.args.length > 0) own++;
      });
      return total + own + rounds(s) * blocksOf(s).reduce((sum, b) => sum + count(b), 0);
    }, 0);
  return count(body);
}
