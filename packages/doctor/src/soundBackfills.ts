import { isFinalStatus } from "@infill/core";
import {
  type BackfillRecord,
  type LedgerFacts,
  type LedgerName,
  readGivenUpAssets,
  readLedgerFacts,
  type StateStore,
} from "@infill/state";
import { controlOf } from "./statusLook.ts";

/** Ledgers that one step reads. */
const ledgersPerStep = 128;

/**
 * Returns the backfills of these whose ledgers are all complete, have the status's control, and
 * have settled if they must have. Most do; the others are checked one by one.
 */
export async function soundBackfills(
  store: StateStore,
  records: Iterable<BackfillRecord>,
): Promise<Set<string>> {
  const givenUp = await readGivenUpAssets(store);
  const sound = new Map(Array.from(records, (record) => [record.id, record] as const));
  const ledgers: LedgerName[] = [];
  for (const { id, header } of sound.values())
    for (const asset of header.assets) ledgers.push({ asset, backfillId: id });
  for (let first = 0; first < ledgers.length; first += ledgersPerStep) {
    const page = ledgers.slice(first, first + ledgersPerStep);
    const facts = await readLedgerFacts(store, page);
    const read = new Map(facts.map((one) => [`${one.backfillId} ${one.asset}`, one]));
    for (const { asset, backfillId } of page) {
      const record = sound.get(backfillId);
      const seen = read.get(`${backfillId} ${asset}`);
      if (record === undefined) continue;
      const isRight =
        seen !== undefined && (isSound(seen, record) || isGivenUp(seen, record, givenUp));
      if (!isRight) sound.delete(backfillId);
    }
  }
  return new Set(sound.keys());
}

function isSound({ fields, count, numbered }: LedgerFacts, record: BackfillRecord): boolean {
  const { number = "", control, selected } = fields;
  if (!/^\d{1,9}$/.test(number) || !numbered || selected !== String(count)) return false;
  const right = controlOf(record);
  if (right !== undefined) return control === right;
  const names = ["succeeded", "failed", "skipped", "canceled"];
  const settled = names.reduce((sum, name) => sum + Number(fields[name] ?? 0), 0);
  return control !== undefined && settled === count;
}

/** Whether it ended before the asset's state was deleted or moved, together with the ledger. */
function isGivenUp(
  { asset, fields }: LedgerFacts,
  { status, createdMs }: BackfillRecord,
  givenUp: ReadonlyMap<string, number>,
): boolean {
  const isGone = Object.keys(fields).length === 0;
  return isGone && isFinalStatus(status) && (givenUp.get(asset) ?? 0) > createdMs;
}
