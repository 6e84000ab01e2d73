import { InvalidOptionsError } from "@infill/core";

/** Checks how many items a page may have. */
export function pageLimit(limit = 100): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return limit;
  throw new InvalidOptionsError("page", "limit", `got ${limit}; expected 1 to 10,000`);
}
