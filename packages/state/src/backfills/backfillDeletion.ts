import { type BackfillStatus, backfillStatuses, isFinalStatus } from "@infill/core";
import { InfillError } from "@infill/partitions";
import { z } from "zod";
import { chunksOf } from "../keys/bitmap.ts";
import { type LogEntry, logEntryJson } from "../log/backfillLog.ts";
import { UnknownBackfillError } from "./backfillRecord.ts";
import { ledgerPlanes } from "../keys/keys.ts";
import { readUnpacked } from "../packed/unpackBackfill.ts";
import { readSelected } from "../ledger/readLedger.ts";
import { defineScript } from "../redis/script.ts";
import { randomId, type StateStore } from "../store/stateStore.ts";
import { UnreadableBackfillError } from "../redis/unreadableBackfill.ts";

/** A backfill that has not ended cannot be deleted. */
export class BackfillActiveError extends InfillError {
  readonly code = "INFILL_BACKFILL_ACTIVE";
  readonly backfillId: string;
  readonly status: string;

  constructor(backfillId: string, status: string) {
    super(
      `Backfill ${backfillId} is ${status}. Only an ended backfill can be deleted. Cancel it first.`,
    );
    this.backfillId = backfillId;
    this.status = status;
  }
}

const beginScript = defineScript(
  "begin_delete",
  z.union([
    z.tuple([z.literal("deleting")]),
    z.tuple([z.literal("active"), z.enum(backfillStatuses)]),
    z.tuple([z.literal("unknown")]),
  ]),
);
const ledgerScript = defineScript(
  "delete_ledger",
  z.tuple([z.enum(["deleted", "running"]), z.int()]),
);
const finishScript = defineScript(
  "finish_delete",
  z.tuple([z.enum(["more", "deleted", "active"])]),
);

const finalStatuses = backfillStatuses.filter((status: BackfillStatus) => isFinalStatus(status));

/**
 * Begins to delete a backfill; no list names it from now on. Safe to call again after an
 * interruption.
 *
 * @throws UnknownBackfillError, BackfillActiveError
 */
export async function beginDelete(store: StateStore, backfillId: string): Promise<void> {
  const { keys, redis } = store;
  const answer = await beginScript(
    redis,
    [keys.backfill(backfillId), keys.backfillIndex, keys.deletingBackfills],
    [backfillId, ...finalStatuses],
  );
  if (answer[0] === "unknown") throw new UnknownBackfillError(backfillId);
  if (answer[0] === "active") throw new BackfillActiveError(backfillId, answer[1]);
}

/** The assets of a backfill whose deletion has begun. @throws UnreadableBackfillError */
export async function assetsOfDeleted(store: StateStore, backfillId: string): Promise<string[]> {
  const { header } = await readUnpacked(store, backfillId);
  try {
    return z.object({ assets: z.array(z.string()) }).parse(JSON.parse(header ?? "")).assets;
  } catch {
    const what = { field: "header", reason: "cannot be read", text: header ?? "" };
    throw new UnreadableBackfillError(backfillId, what);
  }
}

/** Keys that one call deletes. */
const keysPerCall = 500;

/**
 * Deletes a backfill's ledger of one asset. Records keep the backfill's number.
 *
 * @param entry for the asset's audit stream; undefined for none
 * @throws BackfillActiveError if a claim of it still runs
 */
export async function deleteLedger(
  store: StateStore,
  asset: string,
  backfillId: string,
  entry: LogEntry | undefined,
): Promise<void> {
  const { keys, redis } = store;
  const fixed = [
    keys.ledger(asset, backfillId),
    keys.selected(asset, backfillId),
    keys.audit(asset),
  ];
  const operation = randomId("op");
  const remove = async (others: readonly string[], isLast: boolean) => {
    const note = isLast && entry !== undefined ? logEntryJson(entry) : "";
    const args = [isLast ? 1 : 0, operation, note];
    const [word] = await ledgerScript(redis, [...fixed, ...others], args);
    if (word === "running") throw new BackfillActiveError(backfillId, "still running partitions");
  };
  let page: string[] = [];
  for (const { lane, ordinals } of await readSelected(store, asset, backfillId)) {
    for (const chunk of chunksOf(ordinals)) {
      for (const plane of ledgerPlanes)
        page.push(keys.ledgerPlane(asset, backfillId, lane, plane, chunk));
      if (page.length < keysPerCall) continue;
      await remove(page, false);
      page = [];
    }
  }
  const scratch = keys.scratch(asset, backfillId);
  const rest = [keys.culprits(asset, backfillId), scratch, `${scratch}:taken`];
  await remove([...page, ...rest], true);
}

/** Deletes the rest of a backfill whose ledgers are deleted. */
export async function finishDelete(store: StateStore, backfillId: string): Promise<void> {
  const { keys, redis } = store;
  const keyList = [
    keys.backfill(backfillId),
    keys.backfillLog(backfillId),
    keys.backfillLease(backfillId),
    keys.deletingBackfills,
    keys.activeBackfills,
    keys.deliveries,
    keys.parkedDeliveries,
    keys.backfillEvents,
  ];
  for (;;) {
    const [word] = await finishScript(redis, keyList, [backfillId]);
    if (word === "deleted") return;
    if (word === "active") throw new Error(`Bug: the deletion of ${backfillId} has not begun`);
  }
}
