import { parseSettlements } from "@infill/state";
import {
  controlOf,
  type EngineModel,
  type ModelBackfill,
  type ModelControl,
  type ModelStatus,
  type Standing,
} from "./engineModel.testing.ts";
import type { BackfillView, EngineView } from "./engineView.testing.ts";
import type { ModelPartition } from "./modelPartitions.testing.ts";

/**
 * Compares the state in Redis with the model after one step.
 *
 * After a step of a worker, a user or time, both must be equal. A planner may do anything that the
 * rules permit, and the model adopts it: admit free partitions, skip doomed ones, empty the window
 * of a canceled backfill, and end a backfill.
 *
 * @param isPlanners whether a planner made the step
 * @throws Error with one sentence that describes the difference
 */
export function checkEngine(model: EngineModel, view: EngineView, isPlanners: boolean): void {
  checkSettlements(model, view);
  for (const [id, seen] of view.backfills) {
    const backfill = model.backfill(id);
    checkStandings(model, backfill, seen, isPlanners);
    const dueBefore = controlOf(backfill);
    checkStatus(model, backfill, seen.status, isPlanners);
    checkControls(backfill, seen, isPlanners ? [dueBefore, controlOf(backfill)] : []);
  }
  for (const members of model.partitions.values()) {
    for (const partition of members.values()) {
      checkClaim(model, partition, view.claims.get(partition), isPlanners);
      checkWindow(model, partition);
      same(partition, "materialized", partition.isMaterialized, view.materialized.has(partition));
      same(partition, "failed", partition.isFailed, view.failed.has(partition));
    }
  }
}

/** A partition that runs for a backfill stays in its window until it ends. */
function checkWindow(model: EngineModel, partition: ModelPartition): void {
  const { asset, key, claim } = partition;
  if (claim?.state !== "R") return;
  if (model.backfill(claim.backfill).standings.get(partition) === "waiting")
    throw new Error(`${asset} ${key} runs for ${claim.backfill}, in whose window it is not`);
}

/** The stream must have each settlement once, and nothing else. */
function checkSettlements(model: EngineModel, view: EngineView): void {
  const told: string[] = [];
  for (const [asset, texts] of view.settlements) {
    for (const { backfillId, lane, change } of texts.flatMap(
      (text) => parseSettlements(asset, text) ?? [],
    )) {
      if (change.kind !== "succeeded" && change.kind !== "failed") continue;
      for (const ordinal of change.ordinals) {
        const { key } = model.partition(asset, lane, ordinal);
        told.push(`${backfillId} ${asset} ${key} ${change.kind}`);
      }
    }
  }
  const expected = model
    .takeSettlements()
    .map(({ backfill, partition: { asset, key }, outcome }) =>
      [backfill, asset, key, outcome].join(" "),
    );
  const [one, other] = [expected.sort().join("\n"), told.sort().join("\n")];
  if (one !== other)
    throw new Error(`settlements differ: expected\n${one}\nand the streams tell\n${other}`);
}

/**
 * @param due controls that the step may write: a planner may write one for a status and then change
 *   the status
 */
function checkControls(
  backfill: ModelBackfill,
  seen: BackfillView,
  due: readonly ModelControl[],
): void {
  for (const [asset, control] of seen.controls) {
    const known = backfill.controls.get(asset);
    if (known === control) continue;
    const told = due.find((word) => word === control);
    if (told === undefined)
      throw new Error(`the ledger of ${backfill.id} ${asset} says ${control}, expected ${known}`);
    backfill.controls.set(asset, told);
  }
}

function checkStandings(
  model: EngineModel,
  backfill: ModelBackfill,
  seen: BackfillView,
  isPlanners: boolean,
): void {
  const changed: [ModelPartition, Standing, Standing][] = [];
  for (const [partition, before] of backfill.standings) {
    const now = seen.standings.get(partition) ?? "waiting";
    if (now !== before) changed.push([partition, before, now]);
  }
  for (const partition of seen.standings.keys()) {
    if (!backfill.standings.has(partition))
      throw new Error(`${nameIn(backfill, partition)} was not selected and has a bit`);
  }
  if (changed.length === 0) return;
  const started = changed.filter(([, , now]) => now === "queued");
  for (const [partition, before, now] of started) {
    const isAllowed =
      isPlanners &&
      before === "waiting" &&
      controlsOf(backfill, seen, partition).includes("running") &&
      model.isFree(backfill, partition);
    if (!isAllowed) throw wrongStep(model, backfill, partition, before, now);
  }
  for (const [partition, , now] of changed) backfill.standings.set(partition, now);
  for (const [partition, before, now] of changed) {
    const isAllowed =
      now === "queued" ||
      (isPlanners &&
        ((before === "waiting" && now === "skipped" && model.isDoomed(backfill, partition)) ||
          (before === "queued" &&
            now === "waiting" &&
            controlsOf(backfill, seen, partition).some((control) => control !== "running"))));
    if (!isAllowed) throw wrongStep(model, backfill, partition, before, now);
  }
}

/** The controls of a partition's asset before and after the step. */
function controlsOf(
  { controls }: ModelBackfill,
  seen: BackfillView,
  { asset }: ModelPartition,
): (string | undefined)[] {
  return [controls.get(asset), seen.controls.get(asset)];
}

function wrongStep(
  model: EngineModel,
  backfill: ModelBackfill,
  partition: ModelPartition,
  before: Standing,
  now: Standing,
): Error {
  const needs = partition.needs
    .slice(0, 8)
    .map(
      (needed) => `${needed.asset} ${needed.key} ${backfill.standings.get(needed) ?? "outside"}`,
    );
  const { claim } = partition;
  return new Error(
    `${nameIn(backfill, partition)} went from ${before} to ${now}, in a backfill that is ${backfill.status}; ` +
      `it is ${model.isFree(backfill, partition) ? "free" : "not free"}, and needs [${needs.join("; ")}]; ` +
      `its claim is ${claim === undefined ? "none" : `${claim.state} ${claim.session} for ${claim.backfill}`}`,
  );
}

function checkStatus(
  model: EngineModel,
  backfill: ModelBackfill,
  status: string,
  isPlanners: boolean,
): void {
  if (status === backfill.status) return;
  if (!isPlanners || !model.mayBecome(backfill, status as ModelStatus)) {
    const counts = new Map<string, number>();
    for (const standing of backfill.standings.values())
      counts.set(standing, (counts.get(standing) ?? 0) + 1);
    throw new Error(
      `${backfill.id} went from ${backfill.status} to ${status}, with ${JSON.stringify([...counts])}`,
    );
  }
  // `mayBecome` refuses any other word.
  backfill.status = status as ModelStatus;
  backfill.isStopping = false;
}

function checkClaim(
  model: EngineModel,
  partition: ModelPartition,
  seen: string | undefined,
  isPlanners: boolean,
): void {
  const { claim } = partition;
  const expected =
    claim === undefined
      ? undefined
      : [
          claim.state,
          claim.session,
          claim.number,
          claim.attempt,
          claim.free === 0 ? claim.deaths : `${claim.deaths}.0.${claim.free}`,
          claim.backfill,
        ].join(" ");
  if (expected === seen) return;
  // A backfill that is canceled or has ended forgets its attempts that do not run.
  const isSwept =
    isPlanners &&
    seen === undefined &&
    claim !== undefined &&
    claim.state !== "R" &&
    hasEnded(model, partition, claim.backfill);
  if (!isSwept)
    throw new Error(
      `the claim of ${partition.asset} ${partition.key} is ${seen}, expected ${expected}`,
    );
  partition.claim = undefined;
}

/** Whether a partition has ended in a backfill, unless it is retried. */
function hasEnded(model: EngineModel, partition: ModelPartition, id: string): boolean {
  const { status, standings } = model.backfill(id);
  const standing = standings.get(partition);
  const isOpen = status === "running" || status === "paused";
  return !isOpen || (standing !== "waiting" && standing !== "queued");
}

function same(partition: ModelPartition, plane: string, expected: boolean, seen: boolean): void {
  if (expected !== seen)
    throw new Error(
      `the ${plane} bit of ${partition.asset} ${partition.key} is ${seen}, expected ${expected}`,
    );
}

function nameIn(backfill: ModelBackfill, { asset, key }: ModelPartition): string {
  return `${asset} ${key} of ${backfill.id}`;
}
