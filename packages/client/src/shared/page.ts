import { InvalidOptionsError } from "@infill/core";
import { auditIdPattern } from "@infill/state";

/** A part of a list, and the cursor of the next part. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/**
 * Checks the cursor of a list of changes, which is the id of the last listed one; undefined for the
 * first page.
 */
export function changeCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || auditIdPattern.test(cursor)) return cursor;
  throw new InvalidOptionsError(
    "page",
    "cursor",
    "it is not the id of a change; use the nextCursor of a page",
  );
}
