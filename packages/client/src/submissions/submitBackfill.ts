import {
  crashPoint,
  newBackfillId,
  type ResolvedBackfillRequest,
  type ResolvedBackfillSubmission,
} from "@infill/core";
import { isEmptySubset, type PartitionsSubset } from "@infill/partitions";
import {
  backfillExists,
  type BackfillHeader,
  createBackfillRecord,
  keepPlan,
  openLedger,
  readLedgerCounters,
  readPlan,
  readSelected,
  readSubmission,
  reserveSubmission,
  setBackfillCap,
  type Submission,
} from "@infill/state";
import {
  asWritten,
  momentNow,
  planHashPattern,
  requireUnchanged,
  UnknownPlanError,
} from "@infill/planning";
import type { BackfillPreview, CreatedBackfill } from "../backfills/backfillAnswers.ts";
import { type PlanBasis, type PlannedRequest, planRequest } from "./planRequest.ts";

/**
 * What a request would run. Writes only the plan, which can be submitted by its hash for an hour.
 */
export async function previewBackfill(
  basis: PlanBasis,
  request: ResolvedBackfillRequest,
  nowMs: number,
): Promise<BackfillPreview> {
  const moment = await momentNow(basis.store, basis.registered, nowMs);
  const { hashed, preview } = await planRequest(basis, request, moment);
  await keepPlan(basis.store, hashed.hash, hashed.kept);
  return preview;
}

/**
 * Creates a backfill: first its ledgers, then its record, which makes it exist.
 *
 * With an idempotency key, the id, the moment and the assets are reserved before anything else is
 * written. Another call with the key, later or concurrent, continues with these: existing ledgers
 * stay as they are, and the plan of everything downstream follows from them. So all calls create
 * the same backfill, even if some of them die.
 *
 * @throws PlanChangedError, UnknownPlanError, IdempotencyConflictError; the errors of planning
 */
export async function submitBackfill(
  basis: PlanBasis,
  { planHash, idempotencyKey, ...request }: ResolvedBackfillSubmission,
  nowMs: number,
): Promise<CreatedBackfill> {
  const text = JSON.stringify({ ...asWritten(request), planHash });
  const known =
    idempotencyKey === undefined
      ? undefined
      : await readSubmission(basis.store, idempotencyKey, text);
  if (known !== undefined) return complete(basis, request, known);

  const planned =
    planHash === undefined
      ? await planRequest(basis, request, await momentNow(basis.store, basis.registered, nowMs))
      : await planPreviewed(basis, request, planHash);
  const assets = planned.plans.flatMap(({ registered, toRun }) =>
    isEmptySubset(toRun) ? [] : [registered.asset.name],
  );
  if (assets.length === 0) return { id: undefined, preview: planned.preview };
  await basis.announce();
  const own = {
    backfillId: newBackfillId(nowMs, basis.randomBytes),
    ...planned.moment,
    assets,
  };
  if (idempotencyKey === undefined) return complete(basis, request, own, planned);
  const reserved = await reserveSubmission(basis.store, idempotencyKey, text, own);
  crashPoint("after:submission");
  return complete(
    basis,
    request,
    reserved,
    reserved.backfillId === own.backfillId ? planned : undefined,
  );
}

/** Plans as of the moment of a preview, and requires an equal plan. */
async function planPreviewed(
  basis: PlanBasis,
  request: ResolvedBackfillRequest,
  planHash: string,
): Promise<PlannedRequest> {
  const previewed = planHashPattern.test(planHash)
    ? await readPlan(basis.store, planHash)
    : undefined;
  if (previewed === undefined) throw new UnknownPlanError(planHash);
  const planned = await planRequest(basis, request, {
    plannedMs: previewed.plannedMs,
    dynamic: previewed.dynamic,
  });
  requireUnchanged(planHash, previewed, planned.hashed, planned.plans, planned.context);
  return planned;
}

/**
 * Writes the missing parts of a submission.
 *
 * @param first its plan, if no other call can have written a part of it
 */
async function complete(
  basis: PlanBasis,
  request: ResolvedBackfillRequest,
  submission: Submission,
  first?: PlannedRequest,
): Promise<CreatedBackfill> {
  const { backfillId, plannedMs, dynamic } = submission;
  const assets = new Set(submission.assets);
  let ledgers: ReadonlyMap<string, PartitionsSubset> = new Map();
  await basis.register(submission.assets);
  // A plan made before its assets were registered may use ordinals that another process has
  // registered for other keys.
  let planned = first !== undefined && isOfRegistered(basis, first) ? first : undefined;
  for (;;) {
    if (planned === undefined) {
      ledgers = await standingLedgers(basis, submission);
      planned = await planRequest(basis, request, submission, { assets, ledgers });
    }
    if (await openLedgers(basis, planned, submission, ledgers)) break;
    // Another call opened one of the ledgers first; the plan of everything downstream must follow
    // from it.
    planned = undefined;
  }
  // The cap of an existing backfill may have been changed since.
  const { concurrency } = request;
  if (concurrency !== undefined && !(await backfillExists(basis.store, backfillId)))
    await setBackfillCap(basis.store, backfillId, concurrency, [...submission.assets]);
  crashPoint("after:ledgers");
  await createBackfillRecord(basis.store, backfillId, {
    version: 1,
    request,
    assets: [...submission.assets],
    plannedMs,
    dynamic,
    project: projectOf(basis, submission.assets),
  });
  crashPoint("after:record");
  return { id: backfillId, preview: planned.preview };
}

/** Whether a plan was made with the present registration of its assets. */
function isOfRegistered({ registered }: PlanBasis, { plans }: PlannedRequest): boolean {
  return plans.every((plan) => registered.get(plan.registered.asset.name) === plan.registered);
}

/** The project that plans it, limited to these assets. */
function projectOf({ versions }: PlanBasis, assets: readonly string[]): BackfillHeader["project"] {
  const entries = assets.flatMap((name) => {
    const version = versions.assets.get(name);
    return version === undefined ? [] : [[name, version] as const];
  });
  return { fingerprint: versions.fingerprint, assets: Object.fromEntries(entries) };
}

/** @returns false if a ledger exists that the plan does not know */
async function openLedgers(
  { store }: PlanBasis,
  { plans, preview }: PlannedRequest,
  { backfillId, assets }: Submission,
  standing: ReadonlyMap<string, PartitionsSubset>,
): Promise<boolean> {
  for (const { registered, toRun } of plans) {
    const { name } = registered.asset;
    if (!assets.includes(name) || standing.has(name)) continue;
    const answer = await openLedger(store, registered, backfillId, toRun, preview.request.overlap);
    if (answer === "stands") return false;
    crashPoint("after:ledger");
  }
  return true;
}

/** What existing ledgers of these assets select. */
async function standingLedgers(
  { store, registered }: PlanBasis,
  { backfillId, assets }: Submission,
): Promise<ReadonlyMap<string, PartitionsSubset>> {
  const found = new Map<string, PartitionsSubset>();
  for (const name of assets) {
    const asset = registered.get(name);
    if (asset === undefined) continue;
    if ((await readLedgerCounters(store, name, backfillId)) === undefined) continue;
    found.set(name, asset.ordinals.subsetOf(await readSelected(store, name, backfillId)));
  }
  return found;
}
