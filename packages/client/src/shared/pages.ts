import { InvalidOptionsError } from "@infill/core";
import { auditIdPattern } from "@infill/state";

/** The part of a list to return. */
export interface PageOptions {
  /** 1 to 10,000; default: 100. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** A part of a list, and the cursor of the next part. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** Checks how many items a page may have. */
export function pageLimit(limit = 100): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return limit;
  throw new InvalidOptionsError("page", "limit", `got ${limit}; expected 1 to 10,000`);
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
