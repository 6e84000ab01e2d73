import { backfillStatuses, isFinalStatus } from "@infill/core";
import { z } from "zod";
import { isReadableLogEntry } from "../log/backfillLog.ts";
import { recordOf } from "./backfillRecord.ts";
import { answersOf } from "../redis/answersOf.ts";
import { isPart, packedFields, packTexts } from "../packed/packedBackfill.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { unpackBackfill } from "../packed/unpackBackfill.ts";
import { isWrongType } from "../redis/unreadable.ts";
import { UnreadableBackfillError } from "../redis/unreadableBackfill.ts";

const packScript = defineScript("pack_backfill", z.tuple([z.enum(["packed", "changed"])]));

/** Entries that a log keeps. */
const mostLogged = 1_000;

/**
 * `packed`: by this call. `stands`: packed before, with nothing added since. `open`: it has not
 * ended. `damaged` and `large`: left as they are; the doctor reports damage. `changed`: it changed
 * during the call. `missing`: no such backfill.
 */
export type Packing = "packed" | "stands" | "open" | "damaged" | "large" | "changed" | "missing";

/**
 * Packs the header, settings, progress and log of an ended backfill into a few short fields. Every
 * reader accepts both forms. Nothing is ever unpacked: later writes stay beside the packed fields
 * until the next packing.
 */
export async function packBackfill(store: StateStore, id: string): Promise<Packing> {
  const { keys, redis } = store;
  const read = await redis
    .multi()
    .hgetall(keys.backfill(id))
    .lrange(keys.backfillLog(id), 0, -1)
    .exec();
  try {
    const [hash, list] = answersOf(read);
    const values = z.record(z.string(), z.string()).parse(hash);
    const tail = z.array(z.string()).parse(list);
    return await packRead(store, id, values, tail);
  } catch (error) {
    if (error instanceof UnreadableBackfillError || isWrongType(error)) return "damaged";
    throw error;
  }
}

async function packRead(
  store: StateStore,
  id: string,
  values: Readonly<Record<string, string>>,
  tail: readonly string[],
): Promise<Packing> {
  const { keys, redis } = store;
  if (Object.keys(values).length === 0 || values["deleting"] !== undefined) return "missing";
  const status = backfillStatuses.find((known) => known === values["status"]);
  if (status === undefined || !isFinalStatus(status)) return "open";
  if (isPacked(values, tail.length)) return "stands";
  const { fields, log } = unpackBackfill(id, values);
  // Unreadable fields must stay where the doctor finds them.
  recordOf(id, fields);
  if (!tail.every(isReadableLogEntry)) return "damaged";
  const texts = Object.fromEntries(
    packedFields.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])),
  );
  const parts = packTexts({ fields: texts, log: [...log, ...tail].slice(-mostLogged) });
  if (parts === undefined) return "large";
  const kept = Object.entries(values).filter(
    ([name]) => !isPart(name) && !packedFields.some((packed) => packed === name),
  );
  const [word] = await packScript(
    redis,
    [keys.backfill(id), keys.backfillLog(id)],
    [
      Object.keys(values).length,
      tail.length,
      ...Object.entries(values).flat(),
      ...kept.flat(),
      ...Object.entries(parts).flat(),
    ],
  );
  return word;
}

/** Whether everything is packed. @param logged entries in the log list */
function isPacked(values: Readonly<Record<string, string>>, logged: number): boolean {
  return logged === 0 && packedFields.every((name) => values[name] === undefined);
}

/**
 * Returns the backfills of these that are not packed, or have new writes since. One round trip.
 *
 * @param ids of backfills that have ended
 */
export async function unpackedBackfills(
  { redis, keys }: StateStore,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const reading = redis.pipeline();
  for (const id of ids)
    reading.hmget(keys.backfill(id), ...packedFields).exists(keys.backfillLog(id));
  const answers = (await reading.exec()) ?? [];
  return ids.filter((_, at) => {
    const [error, fields] = answers[2 * at] ?? [null, []];
    const [, logged] = answers[2 * at + 1] ?? [null, 0];
    // The doctor repairs a key of a wrong type.
    if (error !== null || !Array.isArray(fields)) return false;
    return logged === 1 || fields.some((text) => text !== null);
  });
}
