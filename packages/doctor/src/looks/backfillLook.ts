import { backfillStatuses, isFinalStatus } from "@infill/core";
import {
  backfillOfFields,
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
import { z } from "zod";

/** Backfills that one step reads: a small hash and four short answers each. */
const backfillsPerCall = 64;

/** The backfills of a namespace, and discrepancies of their lists, headers and leases. */
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
  for (let first = 0; first < all.length; first += backfillsPerCall) {
    for (const seen of await readPage(store, all.slice(first, first + backfillsPerCall))) {
      const look = await judge(store, seen);
      found.push(...look.found);
      notes.push(...look.notes);
      if (look.record !== undefined) records.set(seen.id, look.record);
    }
  }
  const wrong = await wronglyListed(store, [...records.keys()]);
  if (wrong.length > 0)
    // One finding for all of them: after an upgrade every backfill is affected.
    found.push({
      check: "list_differs",
      ...(wrong.length === 1 && wrong[0] !== undefined ? { backfillId: wrong[0] } : {}),
      count: wrong.length,
      problem:
        "The lists of backfills by status disagree with the headers, so `backfill list --status` is wrong.",
      remedy: "The doctor moves each backfill to the list of its status.",
      repair: () => relistBackfills(store, wrong),
    });
  return { records, found, notes };
}

/** The keys of a backfill, read at one instant. */
interface SeenBackfill {
  readonly id: string;
  readonly status: unknown;
  readonly exists: unknown;
  readonly active: unknown;
  readonly created: unknown;
  readonly leaseMs: unknown;
  /** The fields of its hash; undefined if the key has a wrong type. */
  readonly fields: Readonly<Record<string, string>> | undefined;
}

const fieldsSchema = z.record(z.string(), z.string());

async function readPage(store: StateStore, ids: readonly string[]): Promise<SeenBackfill[]> {
  const { redis, keys } = store;
  const step = redis.multi();
  for (const id of ids)
    step
      .exists(keys.backfill(id))
      .sismember(keys.activeBackfills, id)
      .zscore(keys.backfillIndex, id)
      .pttl(keys.backfillLease(id))
      .hgetall(keys.backfill(id));
  const answers = (await step.exec()) ?? [];
  return ids.map((id, at) => {
    const [exists, active, created, leaseMs, hash] = answers.slice(5 * at, 5 * at + 5);
    for (const [error] of [exists, active, created, leaseMs].filter((one) => one !== undefined))
      if (error !== null) throw error;
    const fields = hash?.[0] === null ? fieldsSchema.parse(hash[1]) : undefined;
    return {
      id,
      status: fields?.["status"],
      exists: exists?.[1],
      active: active?.[1],
      created: created?.[1],
      leaseMs: leaseMs?.[1],
      fields,
    };
  });
}

async function judge(
  store: StateStore,
  seen: SeenBackfill,
): Promise<{
  readonly record: BackfillRecord | undefined;
  readonly found: readonly Discrepancy[];
  readonly notes: readonly string[];
}> {
  const { id, status, exists, active, created, leaseMs } = seen;
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
        "The lease of a backfill has no end, so no other planner can ever take it over.",
        "The doctor removes it; the backfill's planner takes it again.",
      ),
    );
  if (exists === 0) {
    if (active === 1 || created !== null)
      found.push(
        about(
          "active_unknown",
          "A list of backfills names a backfill without a header.",
          "The doctor removes the name from the list.",
        ),
      );
    return { record: undefined, found, notes: [] };
  }
  const record = await recordOrProblem(store, seen);
  if (record instanceof UnreadableBackfillError) {
    const { field, reason, text } = record;
    const broken: Discrepancy = {
      ...about(
        "header_broken",
        `A backfill is unreadable, because its ${field} ${reason}${quoted(text)}. No planner plans it.`,
        `The doctor sets it aside: it removes it from the lists and keeps its hash under another key. \`infill backfill delete ${id} --force\` removes it completely.`,
      ),
      repair: () => setAsideBackfill(store, record),
    };
    return { record: undefined, found: [...found, broken], notes: [] };
  }
  // Deleted since the lists were read.
  if (record === undefined) return { record, found, notes: [] };
  const hasEnded = isFinalStatus(record.status);
  // The status that was read together with the lists.
  const listed = backfillStatuses.find((known) => known === status);
  if (listed !== undefined && isFinalStatus(listed) === (active === 1))
    found.push(
      about(
        "active_differs",
        active === 1
          ? `A backfill that has ended (${listed}) is among the active ones.`
          : `A backfill that has not ended (${listed}) is not among the active ones, so no planner looks for it.`,
        "The doctor corrects the set of active backfills by the header.",
      ),
    );
  if (created === null)
    found.push(
      about(
        "index_differs",
        "A backfill is missing in the index, so no list shows it.",
        "The doctor adds it at the time of its creation.",
      ),
    );
  const notes =
    !hasEnded && record.status !== "paused" && leaseMs === -2
      ? [`No planner plans ${id} (${record.status}): infill planner start.`]
      : [];
  return { record, found, notes };
}

/** @returns undefined for one that is deleted or being deleted */
async function recordOrProblem(
  store: StateStore,
  { id, fields }: SeenBackfill,
): Promise<BackfillRecord | UnreadableBackfillError | undefined> {
  try {
    // A key of a wrong type is read again, for its error.
    return await (fields === undefined
      ? findBackfill(store, id)
      : backfillOfFields(store, id, fields));
  } catch (error) {
    if (error instanceof UnreadableBackfillError) return error;
    throw error;
  }
}
