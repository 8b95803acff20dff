/** Compares sources with built files that say the same, and with files that do not. */
import { expect, test } from "vitest";
import { emitDifferences } from "../../../scripts/lib/emitDifferences.ts";
import { temporaryFolder, writeFiles } from "./temporary.ts";

const source = `import { pick, type Picked } from "./pick.ts";

/** Text that the built file does not keep in this form. */
export class Box<T> {
  readonly #value: T;
  constructor(value: T) {
    this.#value = value;
  }
  copy(): Float32Array {
    return new (pick(this.#value).array as Float32ArrayConstructor)((3 as number) * 2);
  }
}
export const picked: Picked | undefined = undefined;
`;

const built = `import { pick } from "./pick.js";
export class Box {
    #value;
    constructor(value) {
        this.#value = value;
    }
    copy() {
        return new (pick(this.#value).array)(3 * 2);
    }
}
export const picked = undefined;
`;

const pick = { "src/pick.ts": "export type Picked = 1;\n", "dist/pick.js": "export {};\n" };

async function differences(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = temporaryFolder();
  writeFiles(folder, { ...pick, "src/box.ts": source, ...files });
  return emitDifferences(folder);
}

test("a faithful build has no differences", async () => {
  expect(await differences({ "dist/box.js": built })).toEqual([]);
});

test("a constructor call that lost its parentheses is found", async () => {
  const found = await differences({ "dist/box.js": built.replace(".array)(3", ".array(3").replace("(pick(", "pick(") });
  expect(found).toEqual([expect.stringMatching(/^box\.ts: the source says .*built file .*new pick\(this/)]);
});

test("a declaration with `using` is found, however it was built", async () => {
  const helpers = "var __addDisposableResource = function (env, value, async) {};\n";
  expect(await differences({ "dist/box.js": helpers + built })).toEqual([expect.stringMatching(/^box\.ts: `using`/)]);
});

test("a source without a built file is found", async () => {
  expect(await differences({})).toEqual(["box.ts: was not built"]);
});
