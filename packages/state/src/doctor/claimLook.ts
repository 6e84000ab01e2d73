import { chunkOf, chunkOrdinals } from "../keys/keys.ts";
import { formatAddress, type PartitionAddress, parseAddress } from "../keys/partitionAddress.ts";
import { ordinalsOfBitmap } from "../keys/bitmap.ts";
import { integers } from "@infill/partitions";
import type { StateStore } from "../store/stateStore.ts";
import { redisTimeMs } from "../processes/workerRegistry.ts";
import type { AssetCensus } from "./census.ts";
import { type Place, placeName } from "../keys/place.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { mendClaims, mendCounters } from "./mending/mend.ts";
import { answersOf } from "../redis/answersOf.ts";

/** Most claims that one step reads; a worker holds at most 512. */
const mostClaims = 16_384;
/**
 * Most chunks of the in-progress plane, and most ledgers, that one step reads with the claims: 2 MB
 * of bits.
 */
const chunksPerStep = 512;
/** Most counts of a moving counter, until it does not change between the count and the repair. */
const mostTries = 50;

/** The result of checking one asset's claims. */
export interface ClaimLook {
  readonly found: readonly Discrepancy[];
  /** One sentence for each check that was not possible. */
  readonly notes: readonly string[];
}

const entryPattern = /^([RWL]) (\S+) \d+ \d+ \d+(?:\.\d+\.\d+)? \d+ (\S+)$/;

/**
 * Compares the claims of one asset with the in-progress plane, the sessions and the ledgers. A step
 * reads one page of chunks and ledgers at one instant, so a difference is wrong even while
 * partitions run.
 */
export async function lookAtClaims(
  store: StateStore,
  asset: string,
  census: AssetCensus,
): Promise<ClaimLook> {
  const { redis, keys } = store;
  const count = await redis.hlen(keys.claims(asset));
  if (count > mostClaims) {
    return {
      found: [],
      notes: [
        `Asset "${asset}" has ${count} claims, more than one step can compare (${mostClaims}); the doctor did not check them.`,
      ],
    };
  }
  const wrong: ClaimProblems = new Map();
  const found: Discrepancy[] = [];
  const places = [...census.inProgress.values()];
  const ledgers = [...census.ledgers.keys()];
  const most = Math.max(1, places.length, ledgers.length);
  for (let first = 0; first < most; first += chunksPerStep) {
    const end = first + chunksPerStep;
    const page = ledgers.slice(first, end);
    const look = await oneStep(store, asset, places.slice(first, end), page);
    for (const [field, problem] of look.problems) wrong.set(field, problem);
    for (const [at, backfillId] of page.entries()) {
      const was = look.counters[at];
      const right = look.running.get(backfillId) ?? 0;
      // A ledger without a hash is another finding.
      if (was !== undefined && was !== String(right))
        found.push(counterDiffers(store, asset, backfillId, was, right));
    }
  }
  const notes = await overdueSessions(store, asset);
  return { found: [...discrepancies(store, asset, wrong), ...found], notes };
}

/**
 * A planner ends the claims of dead workers within seconds. A session overdue by this many
 * milliseconds means that no planner runs.
 */
const overdueMs = 60_000;

async function overdueSessions(store: StateStore, asset: string): Promise<string[]> {
  const { redis, keys } = store;
  const latest = (await redisTimeMs(store)) - overdueMs;
  const count = await redis.zcount(keys.sessions(asset), "-inf", latest);
  return count === 0
    ? []
    : [
        `${count} leases on "${asset}" ended more than a minute ago and still hold claims: a planner frees them (infill planner start).`,
      ];
}

function counterDiffers(
  store: StateStore,
  asset: string,
  backfillId: string,
  was: string,
  right: number,
): Discrepancy {
  return {
    check: "counter_differs",
    asset,
    backfillId,
    detail: "in_progress",
    count: 1,
    problem: `The counter in_progress says ${was === "" ? "nothing" : was}, and ${right} claims run.`,
    remedy: "The doctor sets it to the number of running claims.",
    repair: () => recountInProgress(store, asset, backfillId),
  };
}

async function recountInProgress(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<void> {
  for (let tries = 0; tries < mostTries; tries++) {
    const { counters, running } = await oneStep(store, asset, [], [backfillId]);
    const [was] = counters;
    const right = running.get(backfillId) ?? 0;
    if (was === undefined || was === String(right)) return;
    const difference = { field: "in_progress", was, right };
    if ((await mendCounters(store, asset, backfillId, [difference])) > 0) return;
  }
}

type Problem =
  | "claim_malformed"
  | "claim_ledger_missing"
  | "claim_session_missing"
  | "claim_bit_missing"
  | "claim_missing"
  | "claim_unqueued";
type ClaimProblems = Map<string, { readonly check: Problem; readonly backfillId: string }>;

async function oneStep(
  store: StateStore,
  asset: string,
  places: readonly Place[],
  ledgers: readonly string[],
): Promise<{
  readonly problems: ClaimProblems;
  /** Running claims by backfill. */
  readonly running: ReadonlyMap<string, number>;
  /** Each ledger's counter, "" if absent; undefined if there is no ledger. */
  readonly counters: readonly (string | undefined)[];
}> {
  const { redis, keys } = store;
  // Claims may lie in chunks that the census does not know. First find these chunks, then read
  // everything at one instant.
  const outline = await redis.hkeys(keys.claims(asset));
  const wanted = new Map(places.map((place) => [placeName(place), place]));
  for (const field of outline) {
    const place = placeOf(field);
    wanted.set(placeName(place), place);
  }
  const all = [...wanted.values()];
  const step = redis.multi().hgetall(keys.claims(asset)).zrange(keys.sessions(asset), 0, "-1");
  for (const { lane, chunk } of all) step.getBuffer(keys.plane(asset, lane, "in_progress", chunk));
  for (const id of ledgers) {
    step.exists(keys.ledger(asset, id)).hget(keys.ledger(asset, id), "in_progress");
  }
  const [claims, sessions, ...rest] = answersOf(await step.exec());
  const planes = rest.slice(0, all.length);
  const counters = ledgers.map((_, at) => {
    const [exists, text] = rest.slice(all.length + 2 * at);
    return exists === 0 ? undefined : typeof text === "string" ? text : "";
  });
  const entries = new Map(Object.entries(isTexts(claims) ? claims : {}));
  const known = new Set(Array.isArray(sessions) ? sessions.map(String) : []);
  const bits = new Set<string>();
  for (const [at, { lane, chunk }] of all.entries()) {
    const bytes = planes[at];
    if (!Buffer.isBuffer(bytes)) continue;
    for (const ordinal of integers(ordinalsOfBitmap(chunk, bytes)))
      bits.add(formatAddress(lane, ordinal));
  }
  const problems: ClaimProblems = new Map();
  const running = new Map<string, number>();
  const named = new Map<string, string[]>();
  for (const [field, entry] of entries) {
    const [, state, session = "", backfillId = ""] = entryPattern.exec(entry) ?? [];
    if (state === undefined) {
      problems.set(field, { check: "claim_malformed", backfillId: "" });
      continue;
    }
    const fields = named.get(backfillId);
    if (fields === undefined) named.set(backfillId, [field]);
    else fields.push(field);
    if (state !== "R") continue;
    running.set(backfillId, (running.get(backfillId) ?? 0) + 1);
    if (!known.has(session)) problems.set(field, { check: "claim_session_missing", backfillId });
    else if (!bits.has(field) && wanted.has(placeName(placeOf(field))))
      problems.set(field, { check: "claim_bit_missing", backfillId });
  }
  for (const field of bits) {
    const state = entryPattern.exec(entries.get(field) ?? "")?.[1];
    if (state !== "R" && !problems.has(field))
      problems.set(field, { check: "claim_missing", backfillId: "" });
  }
  await addLedgerProblems(store, asset, named, problems);
  return { problems, running, counters };
}

/**
 * Finds claims without a ledger, and running claims outside their backfill's window; each is read
 * at one instant.
 */
async function addLedgerProblems(
  store: StateStore,
  asset: string,
  named: ReadonlyMap<string, readonly string[]>,
  problems: ClaimProblems,
): Promise<void> {
  const { redis, keys } = store;
  for (const [backfillId, fields] of named) {
    const ledger = keys.ledger(asset, backfillId);
    for (let first = 0; first < fields.length; first += 512) {
      const page = fields.slice(first, first + 512);
      const step = redis
        .multi()
        .exists(ledger)
        .hexists(ledger, "sealed")
        .hmget(keys.claims(asset), ...page);
      for (const field of page) {
        const { lane, chunk, offset } = placeOf(field);
        step.getbit(keys.ledgerPlane(asset, backfillId, lane, "queued", chunk), offset);
        step.getbit(keys.ledgerPlane(asset, backfillId, lane, "settled", chunk), offset);
      }
      const [exists, isSealed, entries, ...bits] = answersOf(await step.exec());
      for (const [at, field] of page.entries()) {
        const entry: unknown = Array.isArray(entries) ? entries[at] : undefined;
        const match = typeof entry === "string" ? entryPattern.exec(entry) : null;
        if (match?.[3] !== backfillId) continue;
        if (exists === 0) problems.set(field, { check: "claim_ledger_missing", backfillId });
        else if (match[1] === "R" && isSealed === 0 && bits[2 * at] === 0 && bits[2 * at + 1] === 0)
          problems.set(field, { check: "claim_unqueued", backfillId });
      }
    }
  }
}

function discrepancies(store: StateStore, asset: string, wrong: ClaimProblems): Discrepancy[] {
  const groups = new Map<string, { check: Problem; backfillId: string; fields: string[] }>();
  for (const [field, { check, backfillId }] of wrong) {
    const name = `${check} ${backfillId} ${placeOf(field).lane}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { check, backfillId, fields: [field] });
    else group.fields.push(field);
  }
  return Array.from(groups.values(), ({ check, backfillId, fields }) => ({
    check,
    asset,
    ...(backfillId === "" ? {} : { backfillId }),
    lane: placeOf(fields[0] ?? ":0").lane,
    ordinals: fields.slice(0, 5).map((field) => placeOf(field).ordinal),
    count: fields.length,
    ...sentences[check],
    concernsPlanner: backfillId !== "",
    repair: () => mendClaims(store, asset, fields),
  }));
}

const sentences: Record<Problem, { readonly problem: string; readonly remedy: string }> = {
  claim_malformed: {
    problem: "A claim's entry is unreadable.",
    remedy: "The doctor removes the entry; the partition can be claimed again.",
  },
  claim_ledger_missing: {
    problem: "A claim belongs to a backfill that has no ledger for the asset.",
    remedy: "The doctor ends the claim.",
  },
  claim_session_missing: {
    problem: "A running claim belongs to a session without a lease, so it would never end.",
    remedy: "The doctor lets the claim lapse like that of a dead worker; the partition runs again.",
  },
  claim_bit_missing: {
    problem: "A partition has a running claim and no in-progress bit.",
    remedy: "The doctor sets the bit.",
  },
  claim_missing: {
    problem: "A partition has an in-progress bit and no running claim.",
    remedy: "The doctor clears the bit.",
  },
  claim_unqueued: {
    problem: "A partition runs for a backfill but is not in its window of jobs.",
    remedy: "The doctor puts it into the window until it settles.",
  },
};

/** Where the bits of a claim's partition are. */
function placeOf(field: string): Place & PartitionAddress & { readonly offset: number } {
  const { lane, ordinal } = parseAddress(field);
  const chunk = chunkOf(ordinal);
  return { lane, chunk, ordinal, offset: ordinal - chunk * chunkOrdinals };
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
