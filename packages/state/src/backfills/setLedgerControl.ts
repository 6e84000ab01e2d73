import { z } from "zod";
import type { BackfillRecord } from "./backfillRecord.ts";
import { inGroups } from "../redis/inGroups.ts";
import { controlOfStatus } from "../ledger/ledgerControl.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const controlScript = defineScript(
  "set_ledger_control",
  z.union([
    z.tuple([z.literal("controlled"), z.string()]),
    z.tuple([z.literal("outdated"), z.string()]),
    z.tuple([z.literal("unknown")]),
  ]),
);

/**
 * Writes the control of one ledger: whether its partitions may start.
 *
 * @param revision of the status from which the control was derived; ignored if the ledger has a
 *   newer one
 * @returns whether the ledger has this control now
 */
export async function setLedgerControl(
  store: StateStore,
  asset: string,
  backfillId: string,
  control: ReturnType<typeof controlOfStatus>,
  revision: number,
): Promise<boolean> {
  const ledger = store.keys.ledger(asset, backfillId);
  const [word] = await controlScript(store.redis, [ledger], [control, revision]);
  return word === "controlled";
}

/**
 * Writes the control that follows from a backfill's status to all its ledgers. A call with an
 * earlier status changes nothing, so clients and planners may call it in any order and repeat it.
 */
export async function setControlOfLedgers(
  store: StateStore,
  record: Pick<BackfillRecord, "id" | "header" | "status" | "revision" | "pause">,
): Promise<void> {
  const control = controlOfStatus(record.status, record.pause?.mode);
  await inGroups(record.header.assets, (asset) =>
    setLedgerControl(store, asset, record.id, control, record.revision),
  );
}
