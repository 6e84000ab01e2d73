import { backfillIdPattern } from "@infill/core";
import { InfillError } from "@infill/partitions";
import { type StateStore, UnknownBackfillError } from "@infill/state";

/** The beginning of several ids, where one was asked for. */
export class AmbiguousBackfillError extends InfillError {
  readonly code = "INFILL_BACKFILL_AMBIGUOUS";
  readonly text: string;
  /** At most ten, newest first. */
  readonly ids: readonly string[];

  constructor(text: string, ids: readonly string[], count: number) {
    const more = count > ids.length ? ` and ${count - ids.length} more` : "";
    super(
      `"${text}" begins ${count} backfill ids: ${ids.join(", ")}${more}. Write more of the one that you mean.`,
    );
    this.text = text;
    this.ids = ids;
  }
}

/** Characters after `bf_` that the beginning of an id has at the least. */
const leastLength = 4;
const perPage = 1_000;
const shownIds = 10;

/**
 * The id that a text means: a whole id as it is, the only one that it begins (at least four characters of it; `bf_` may be left
 * out, and case does not matter), or with `latest` the newest backfill's.
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
