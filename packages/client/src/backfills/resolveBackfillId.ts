import { backfillIdPattern } from "@infill/core";
import { InfillError } from "@infill/partitions";
import { type StateStore, UnknownBackfillError } from "@infill/state";

/** Several ids begin with the text. */
export class AmbiguousBackfillError extends InfillError {
  readonly code = "INFILL_BACKFILL_AMBIGUOUS";
  readonly text: string;
  /** At most ten, newest first. */
  readonly ids: readonly string[];

  constructor(text: string, ids: readonly string[], count: number) {
    const more = count > ids.length ? ` and ${count - ids.length} more` : "";
    super(
      `"${text}" begins ${count} backfill ids: ${ids.join(", ")}${more}. Write more characters of the id.`,
    );
    this.text = text;
    this.ids = ids;
  }
}

/** Least number of characters after `bf_` in the beginning of an id. */
const leastLength = 4;
const perPage = 1_000;
const shownIds = 10;

/**
 * The id that a text means: a complete id; the only id that begins with it (at least four
 * characters, with or without `bf_`, in any case); or the newest backfill's id for `latest`.
 *
 * @throws UnknownBackfillError, AmbiguousBackfillError
 */
export async function resolveBackfillId(store: StateStore, text: string): Promise<string> {
  if (backfillIdPattern.test(text)) return text;
  const { redis, keys } = store;
  const page = (first: number) => redis.zrevrange(keys.backfillIndex, first, first + perPage - 1);
  if (text === "latest") {
    const [newest] = await page(0);
    if (newest === undefined) throw new UnknownBackfillError(text);
    return newest;
  }
  const rest = text.replace(/^bf_/i, "").toUpperCase();
  if (!/^[0-9A-Z]+$/.test(rest) || rest.length < leastLength) throw new UnknownBackfillError(text);
  const found: string[] = [];
  for (let first = 0; ; first += perPage) {
    const ids = await page(first);
    found.push(...ids.filter((id) => id.startsWith(`bf_${rest}`)));
    if (ids.length < perPage) break;
  }
  const [only] = found;
  if (only === undefined) throw new UnknownBackfillError(text);
  if (found.length > 1)
    throw new AmbiguousBackfillError(text, found.slice(0, shownIds), found.length);
  return only;
}
