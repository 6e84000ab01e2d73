import { InvalidOptionsError } from "@infill/core";
import { InfillError } from "@infill/partitions";
import { failuresOf } from "@infill/planning";
import type { BackfillRecord } from "@infill/state";
import type { RetryEnvironment } from "./retryEnvironment.ts";

/** The backfill has no such group of failures. */
export class UnknownFailureGroupError extends InfillError {
  readonly code = "INFILL_FAILURE_GROUP_UNKNOWN";
  readonly group: string;

  constructor(group: string, backfillId: string) {
    super(
      `No failed partition of ${backfillId} is in group "${group.slice(0, 40)}": \`infill backfill failures ${backfillId}\` lists its groups.`,
    );
    this.group = group;
  }
}

/** The full fingerprint that begins with a text. */
export async function requireFailureGroup(
  { store, registered }: RetryEnvironment,
  record: BackfillRecord,
  text: string,
): Promise<string> {
  const found = new Set<string>();
  for await (const page of failuresOf(store, registered, record))
    for (const { fingerprint } of page) if (fingerprint.startsWith(text)) found.add(fingerprint);
  const [first, second] = found;
  if (first === undefined) throw new UnknownFailureGroupError(text, record.id);
  if (second === undefined) return first;
  throw new InvalidOptionsError(
    "retry",
    "group",
    `"${text}" begins ${found.size} groups, such as ${first} and ${second}; expected more of it`,
  );
}
