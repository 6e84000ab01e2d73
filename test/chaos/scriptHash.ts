import { createHash } from "node:crypto";
import { scriptText } from "@infill/state";

/** The name under which Redis keeps a script, by which a proxy recognizes its calls. */
export function scriptHash(name: string): string {
  return createHash("sha1").update(scriptText(name)).digest("hex");
}
