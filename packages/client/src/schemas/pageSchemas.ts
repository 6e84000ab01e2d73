import { z } from "zod";

/** Most entries of a page or a list, 1 to 10,000; default: 100. */
export const pageLimitSchema = z.int().min(1).max(10_000).default(100);

/** The part of a list to return. */
export const pageOptionsSchema = z.strictObject({
  /** 1 to 10,000; default: 100. */
  limit: pageLimitSchema,
  /**
   * `nextCursor` of the page before, at most 70,000 characters; default: the first page. Each list
   * refuses a text that is not its cursor.
   */
  cursor: z.string().max(70_000).optional(),
});
/** What a caller writes. */
export type PageOptions = z.input<typeof pageOptionsSchema>;
/** What the code reads. */
export type ResolvedPageOptions = z.output<typeof pageOptionsSchema>;

/** The schema of a page. `nextCursor` is absent on the last page. */
export function pageSchema<S extends z.ZodType>(item: S) {
  return z.strictObject({ items: z.array(item), nextCursor: z.string().exactOptional() });
}
