import type { ErrorCause } from "@infill/planning";
import { escapeLines } from "../text/escapeText.ts";

/** What caused an error: a line each, the deeper the further to the right. */
export function causeLines(causes: readonly ErrorCause[] | undefined): string[] {
  return (causes ?? []).flatMap(({ name, message, depth, via }) => {
    const indent = "  ".repeat(Math.min(depth, 8));
    const word = via === "cause" ? "caused by" : "one of";
    return escapeLines(`${word} ${name}: ${message}`).map((line) => `${indent}${line}`);
  });
}
