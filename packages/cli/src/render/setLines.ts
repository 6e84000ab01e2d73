import type { AssetSpan } from "@infill/client";
import { escapeText } from "../text/escapeText.ts";
import { countOf } from "../text/numbers.ts";
import { rangesText } from "./previewLines.ts";

/** Which partitions of which assets, a line each: `sales: 12 partitions in 2 ranges: a … b, c … d`. */
export function setLines(sets: readonly AssetSpan[] = []): string[] {
  return sets.map((set) => {
    const which = rangesText(set);
    const isSpan = set.text !== undefined || (set.ranges?.count ?? 0) < 2;
    const text = which === "" ? "" : `${isSpan ? ": " : " in "}${which}`;
    return `  ${set.asset}: ${countOf(set.keys, "partition")}${escapeText(text)}`;
  });
}
