import { isFinalStatus, type Project, submittedMs } from "@infill/core";
import {
  type AssetScopes,
  assetScopes,
  type BackfillRecord,
  backfillExists,
  backfillScope,
  type Census,
  type ClaimEntry,
  type Discrepancy,
  firstReviewMs,
  forgetCap,
  holderName,
  mendLine,
  mendPermits,
  type PartitionAddress,
  parseAddress,
  parseClaimEntry,
  parseHolder,
  patienceInLineMs,
  type PermitNotes,
  placeInLine,
  type RegisteredAsset,
  readBackfill,
  readPermitNotes,
  reviewPermits,
  type StateStore,
  setBackfillCap,
} from "@infill/state";
import { submissionMs } from "./ledgerRestore.ts";

/** What a check of permits needs. */
export interface PermitEnvironment {
  readonly store: StateStore;
  readonly project: Project;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  readonly census: Census;
}

/** The discrepancies of permits, claims, caps and lines. */
export interface PermitLook {
  readonly found: readonly Discrepancy[];
  /** One sentence for each check that was not possible. */
  readonly notes: readonly string[];
}

/**
 * A planner takes back the permits of ended claims within seconds of their review. A review overdue
 * by this many milliseconds means that no planner runs.
 */
const overdueMs = 60_000;

/**
 * Compares permits with claims, caps with settings and definitions, and lines with backfills. They
 * lie in several slots and change all the time, so only a lasting difference counts. A difference
 * is identified by its claim.
 */
export async function lookAtPermits(
  environment: PermitEnvironment,
  records: ReadonlyMap<string, BackfillRecord>,
): Promise<PermitLook> {
  const { store, project, registered, census } = environment;
  const notes = await readPermitNotes(store, census.permits);
  if (typeof notes === "number")
    return {
      found: [],
      notes: [
        `${notes} claims hold permits, which are too many to compare; the doctor did not check permits.`,
      ],
    };
  const scopes = new Map(
    Array.from(registered.values(), (known) => [
      known.asset.name,
      assetScopes(known, project.pools.get(known.asset.pool)),
    ]),
  );
  const claims = await runningClaims(store, cappedAssets(notes, scopes, records));
  return {
    found: [
      ...missing(store, scopes, notes, claims, records),
      ...orphaned(store, notes, claims),
      ...(await capsOf(store, notes, records)),
      ...(await staleInLine(store, notes, records)),
    ],
    notes: [],
  };
}

/** A running claim and its place. */
interface RunningClaim extends PartitionAddress {
  readonly asset: string;
  readonly claim: ClaimEntry;
}

type ScopesByAsset = ReadonlyMap<string, AssetScopes>;

/** The assets whose claims hold permits or need them. */
function cappedAssets(
  { held }: PermitNotes,
  scopes: ScopesByAsset,
  records: ReadonlyMap<string, BackfillRecord>,
): Set<string> {
  const assets = new Set<string>();
  for (const [asset, { shared, hasValues }] of scopes)
    if (shared.length > 0 || hasValues) assets.add(asset);
  for (const { header, settings } of records.values())
    if (settings.concurrency !== undefined) for (const asset of header.assets) assets.add(asset);
  for (const holder of held.keys()) assets.add(parseHolder(holder).asset);
  return assets;
}

/** The running claims of some assets, by holder name. */
async function runningClaims(
  store: StateStore,
  assets: Iterable<string>,
): Promise<Map<string, RunningClaim>> {
  const running = new Map<string, RunningClaim>();
  for (const asset of assets) {
    const entries = await store.redis.hgetall(store.keys.claims(asset));
    for (const [field, entry] of Object.entries(entries)) {
      const claim = parseClaimEntry(entry);
      if (claim?.state !== "running") continue;
      const place = { asset, ...parseAddress(field) };
      running.set(holderName({ ...claim, ...place }), { ...place, claim });
    }
  }
  return running;
}

function missing(
  store: StateStore,
  scopesOf: ScopesByAsset,
  { held, caps }: PermitNotes,
  claims: ReadonlyMap<string, RunningClaim>,
  records: ReadonlyMap<string, BackfillRecord>,
): Discrepancy[] {
  const found: Discrepancy[] = [];
  for (const [holder, { asset, lane, ordinal, claim }] of claims) {
    const { backfillId } = claim;
    const needed = (scopesOf.get(asset)?.at({ lane, ordinal }) ?? []).map(({ scope }) => scope);
    const isCapped = records.get(backfillId)?.settings.concurrency !== undefined;
    const own = backfillScope(backfillId);
    // A new cap is recorded after every running claim has its permit.
    if (isCapped && caps.has(own)) needed.push(own);
    const lacking = needed.filter((scope) => held.get(holder)?.includes(scope) !== true);
    if (lacking.length === 0) continue;
    found.push({
      check: "permit_missing",
      asset,
      backfillId,
      lane,
      ordinals: [ordinal],
      detail: holder,
      count: 1,
      problem: `A partition runs without a permit of a capped scope (${lacking.join(", ")}), so more partitions than the cap can run.`,
      remedy:
        "The doctor gives its claim the permit; no partition starts in the scope until fewer than the cap run.",
      repair: () => mendPermits(store, [{ holder, how: "give", scopes: lacking }]),
    });
  }
  return found;
}

function orphaned(
  store: StateStore,
  { held, reviews, nowMs }: PermitNotes,
  claims: ReadonlyMap<string, RunningClaim>,
): Discrepancy[] {
  const found: Discrepancy[] = [];
  for (const [holder, scopes] of held) {
    const review = reviews.get(holder);
    // A holder without a review is another finding. A process that has just taken a permit claims
    // next; the permit of a dead one is reviewed in time.
    if (review === undefined || claims.has(holder)) continue;
    if (review >= nowMs - overdueMs && review <= nowMs + firstReviewMs) continue;
    const { asset, lane, ordinal } = parseHolder(holder);
    found.push({
      check: "permit_orphaned",
      asset,
      lane,
      ...(Number.isSafeInteger(ordinal) ? { ordinals: [ordinal] } : {}),
      detail: holder,
      count: 1,
      problem: `A permit (${scopes.join(", ")}) is held for a claim that does not run, and nobody removes it.`,
      remedy: "The doctor frees it.",
      repair: async () => {
        await mendPermits(store, [{ holder, how: "agree", scopes }]);
        await reviewPermits(store);
      },
    });
  }
  return found;
}

async function capsOf(
  store: StateStore,
  { caps, nowMs }: PermitNotes,
  records: ReadonlyMap<string, BackfillRecord>,
): Promise<Discrepancy[]> {
  const { redis, keys } = store;
  const found: Discrepancy[] = [];
  for (const [id, record] of records) {
    // An ended backfill claims nothing. After a retry, its planner checks its cap.
    if (isFinalStatus(record.status)) continue;
    const right = record.settings.concurrency;
    const is = caps.get(backfillScope(id));
    const words = await Promise.all(
      record.header.assets.map((asset) => redis.hmget(keys.ledger(asset, id), "number", "capped")),
    );
    const isTold = words.every(
      ([number, capped]) => number === null || (capped === "1") === (right !== undefined),
    );
    if (is === (right === undefined ? undefined : String(right)) && isTold) continue;
    found.push({
      check: "cap_differs",
      backfillId: id,
      count: 1,
      problem: `A backfill's settings ${right === undefined ? "say no cap" : `cap it at ${right}`}, and what claims go by is ${is === undefined ? "no cap" : `"${is}"`}${isTold ? "" : ", which not all of its ledgers know"}.`,
      remedy: "The doctor sets the cap to that of the settings.",
      repair: () => repairCap(store, id),
    });
  }
  for (const [scope, cap] of caps) {
    const id = scope.startsWith("backfill:") ? scope.slice("backfill:".length) : undefined;
    if (id === undefined) {
      found.push({
        check: "cap_differs",
        detail: scope,
        count: 1,
        problem: `A cap of ${cap} is recorded for the scope ${scope}, which overrides the project's definition.`,
        remedy: "The doctor removes it; the definition's cap holds.",
        repair: () => forgetCap(store, scope),
      });
      continue;
    }
    if (records.has(id) || nowMs - submittedMs(id) < submissionMs) continue;
    if (await backfillExists(store, id)) continue;
    found.push({
      check: "cap_unknown",
      backfillId: id,
      count: 1,
      problem: `A cap of ${cap} is recorded for a backfill that does not exist.`,
      remedy: "The doctor removes it.",
      repair: async () => {
        if (!(await backfillExists(store, id))) await forgetCap(store, scope);
      },
    });
  }
  return found;
}

async function repairCap(store: StateStore, id: string): Promise<void> {
  const { status, settings } = await readBackfill(store, id);
  if (!isFinalStatus(status)) await setBackfillCap(store, id, settings.concurrency);
}

async function staleInLine(
  store: StateStore,
  { lines, nowMs }: PermitNotes,
  records: ReadonlyMap<string, BackfillRecord>,
): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (const [scope, entries] of lines) {
    for (const [id, entry] of entries) {
      const place = placeInLine(entry);
      const record = records.get(id);
      if (place === undefined) continue;
      const isYetToCome = place.askedMs > nowMs + overdueMs;
      const isOpen =
        record === undefined ? await backfillExists(store, id) : !isFinalStatus(record.status);
      // A job of a canceled backfill may have asked just before the cancel.
      const isFresh = place.askedMs > nowMs - patienceInLineMs;
      if (!isYetToCome && (isOpen || isFresh)) continue;
      found.push({
        check: "permit_line_stale",
        backfillId: id,
        // Another entry means that it has asked again.
        detail: `${scope} ${entry}`,
        count: 1,
        problem: isOpen
          ? `A backfill asked for a permit of the scope ${scope} at a time in the future, so it would never lose its place in the line.`
          : `A backfill that has ended waits in the line of the scope ${scope}, and may keep others waiting.`,
        remedy: "The doctor takes it out of the line.",
        repair: () => mendLine(store, scope, id, entry),
      });
    }
  }
  return found;
}
