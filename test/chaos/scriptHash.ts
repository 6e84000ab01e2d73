import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Of `packages/state`, whether this runs from the sources or from what is built. */
const folder = new URL("../lua/", import.meta.resolve("@infill/state"));

/** The hash by which a transition is called (EVALSHA), from its file under `packages/state/lua`. */
export function scriptHash(name: string): string {
  const text = readFileSync(new URL(`${name}.lua`, folder), "utf8");
  const source = text.replace(/^--- @include "(\w+)"$/gm, (_, include: string) =>
    readFileSync(new URL(`includes/${include}.lua`, folder), "utf8"),
  );
  return createHash("sha1").update(source).digest("hex");
}
