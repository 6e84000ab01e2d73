import { backfillStatuses, isFinalStatus } from "@infill/core";
import {
  type BackfillRecord,
  type Census,
  type Discrepancy,
  findBackfill,
  mendBackfill,
  quoted,
  relistBackfills,
  setAsideBackfill,
  type StateStore,
  UnreadableBackfillError,
  wronglyListed,
} from "@infill/state";

/** The backfills of a namespace, and what is wrong with their lists, headers and leases. */
export interface BackfillLook {
  readonly records: ReadonlyMap<string, BackfillRecord>;
  readonly found: readonly Discrepancy[];
  readonly notes: readonly string[];
}

/** Compares each backfill's header with the set of active ones, the index and its lease, each at one instant. */
export async function lookAtBackfills(
  store: StateStore,
  census: Pick<Census, "backfills" | "leases">,
): Promise<BackfillLook> {
  const { redis, keys } = store;
  const ids = new Set([...census.backfills, ...census.leases]);
  for (const id of await redis.smembers(keys.activeBackfills)) ids.add(id);
  let cursor = "0";
  do {
    const [next, entries] = await redis.zscan(keys.backfillIndex, cursor, "COUNT", 256);
    cursor = next;
    for (let at = 0; at < entries.length; at += 2) ids.add(entries[at] ?? "");
  } while (cursor !== "0");
  const records = new Map<string, BackfillRecord>();
  const found: Discrepancy[] = [];
  const notes: string[] = [];
  const all = [...ids];
  for (let first = 0; first < all.length; first += 64) {
    await Promise.all(
      all.slice(first, first + 64).map(async (id) => {
        const look = await lookAtBackfill(store, id);
        found.push(...look.found);
        notes.push(...look.notes);
        if (look.record !== undefined) records.set(id, look.record);
      }),
    );
  }
  const wrong = await wronglyListed(store, [...records.keys()]);
  if (wrong.length > 0)
    // One finding for all of them: after an upgrade it is every backfill.
    found.push({
      check: "list_differs",
      ...(wrong.length === 1 && wrong[0] !== undefined ? { backfillId: wrong[0] } : {}),
      count: wrong.length,
      problem:
        "The lists of backfills by status disagree with the headers, so that `backfill list --status` is wrong.",
      remedy: "Each backfill is put into the list of its status.",
      repair: () => relistBackfills(store, wrong),
    });
  return { records, found, notes };
}

async function lookAtBackfill(
  store: StateStore,
  id: string,
): Promise<{
  readonly record: BackfillRecord | undefined;
  readonly found: readonly Discrepancy[];
  readonly notes: readonly string[];
}> {
  const { redis, keys } = store;
  const answers = await redis
    .multi()
    .hget(keys.backfill(id), "status")
    .exists(keys.backfill(id))
    .sismember(keys.activeBackfills, id)
    .zscore(keys.backfillIndex, id)
    .pttl(keys.backfillLease(id))
    .exec();
  const [status, exists, active, created, leaseMs] = (answers ?? []).map(([, answer]) => answer);
  const found: Discrepancy[] = [];
  const about = (check: Discrepancy["check"], problem: string, remedy: string): Discrepancy => ({
    check,
    backfillId: id,
    count: 1,
    problem,
    remedy,
    repair: () => mendBackfill(store, id),
  });
  if (leaseMs === -1)
    found.push(
      about(
        "lease_endless",
        "The lease of a backfill has no end, so that no other planner could ever take it over.",
        "It is removed; whoever plans the backfill takes it again.",
      ),
    );
  if (exists === 0) {
    if (active === 1 || created !== null)
      found.push(
        about(
          "active_unknown",
          "A list of backfills names one that has no header.",
          "The name is removed from the list.",
        ),
      );
    return { record: undefined, found, notes: [] };
  }
  const record = await readOrProblem(store, id);
  if (record instanceof UnreadableBackfillError) {
    const { field, reason, text } = record;
    const broken: Discrepancy = {
      ...about(
        "header_broken",
        `A backfill cannot be read, because its ${field} ${reason}${quoted(text)}. No planner plans it.`,
        `It is set aside: out of the lists, with its hash kept under another key. \`infill backfill delete ${id} --force\` removes it with all that is left.`,
      ),
      repair: () => setAsideBackfill(store, record),
    };
    return { record: undefined, found: [...found, broken], notes: [] };
  }
  // It was deleted since the lists were read.
  if (record === undefined) return { record, found, notes: [] };
  const hasEnded = isFinalStatus(record.status);
  // The status that was read together with the lists; the record may be a moment younger.
  const listed = backfillStatuses.find((known) => known === status);
  if (listed !== undefined && isFinalStatus(listed) === (active === 1))
    found.push(
      about(
        "active_differs",
        active === 1
          ? `A backfill that has ended (${listed}) is among the active ones.`
          : `A backfill that has not ended (${listed}) is not among the active ones, so that no planner looks for it.`,
        "The set of active backfills is made to say what the header says.",
      ),
    );
  if (created === null)
    found.push(
      about(
        "index_differs",
        "A backfill is missing in the index, so that no list shows it.",
        "It is put back, at the instant of its creation.",
      ),
    );
  const notes =
    !hasEnded && record.status !== "paused" && leaseMs === -2
      ? [`Nobody plans ${id} (${record.status}): infill planner start.`]
      : [];
  return { record, found, notes };
}

/** @returns undefined for one that is deleted, or about to be */
async function readOrProblem(
  store: StateStore,
  id: string,
): Promise<BackfillRecord | UnreadableBackfillError | undefined> {
  try {
    return await findBackfill(store, id);
  } catch (error) {
    if (error instanceof UnreadableBackfillError) return error;
    throw error;
  }
}
