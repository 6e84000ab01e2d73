import type { BackfillEvent } from "@infill/client";

/** What an entry of a log changed, and what else belongs to it: `status running → canceling, reopened 5`. */
export function factsText({
  before = {},
  after = {},
  details = {},
}: Pick<BackfillEvent, "before" | "after" | "details">): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changes = names.map((name) => {
    const [was, is] = [before[name], after[name]];
    if (was === undefined) return `${name} ${textOf(is)}`;
    return is === undefined
      ? `${name} no longer ${textOf(was)}`
      : `${name} ${textOf(was)} → ${textOf(is)}`;
  });
  const facts = Object.entries(details).map(([name, value]) => `${name} ${textOf(value)}`);
  return [...changes, ...facts].join(", ");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
