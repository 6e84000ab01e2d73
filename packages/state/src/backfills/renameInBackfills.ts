import { z } from "zod";
import { logEntryJson, type LogEntry } from "../log/backfillLog.ts";
import { crashPoint } from "@infill/core";
import { unpackBackfill } from "../packed/unpackBackfill.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { isWrongType, storedJson } from "../redis/unreadable.ts";
import { UnreadableBackfillError } from "../redis/unreadableBackfill.ts";

const renameScript = defineScript("rename_in_backfill", z.tuple([z.enum(["renamed", "outdated"])]));

/** Backfills that one call reads. */
const idsPerCall = 200;

/**
 * Writes an asset's new name into all backfills that have a ledger of it, so that they find the
 * ledger, and logs the change. Safe to call again after an interruption.
 *
 * @param goesOn asked before each backfill; false ends the work
 * @returns whether all backfills were handled
 */
export async function renameInBackfills(
  store: StateStore,
  from: string,
  to: string,
  entry: LogEntry,
  goesOn: () => Promise<boolean>,
): Promise<boolean> {
  const { redis, keys } = store;
  let cursor = "0";
  do {
    // The new name's copy has all numbers by now, and keeps them.
    const [next, entries] = await redis.hscan(keys.assetBackfills(to), cursor, "COUNT", idsPerCall);
    cursor = next;
    for (let at = 1; at < entries.length; at += 2) {
      if (!(await goesOn())) return false;
      if (await renameIn(store, entries[at] ?? "", from, to, entry))
        crashPoint("after:rename_backfill");
    }
  } while (cursor !== "0");
  return true;
}

async function renameIn(
  store: StateStore,
  id: string,
  from: string,
  to: string,
  entry: LogEntry,
): Promise<boolean> {
  const { redis, keys } = store;
  for (;;) {
    const values: Record<string, string> = await redis
      .hgetall(keys.backfill(id))
      .catch((error: unknown) => {
        // A backfill of a wrong type names no asset; the doctor repairs it.
        if (isWrongType(error)) return {};
        throw error;
      });
    const after = renamedHeader(headerOf(id, values), from, to);
    if (after === undefined) return false;
    // For a packed backfill, the first part shows whether it has changed. The new header is written
    // beside the parts and wins.
    const field = values["header"] === undefined ? "p0" : "header";
    const keyList = [keys.backfill(id), keys.backfillLog(id)];
    const args = [field, values[field] ?? "", after, logEntryJson(entry)];
    const [word] = await renameScript(redis, keyList, args);
    if (word === "renamed") return true;
  }
}

/** @returns "" if it is unreadable */
function headerOf(id: string, values: Readonly<Record<string, string>>): string {
  try {
    return unpackBackfill(id, values).fields["header"] ?? "";
  } catch (error) {
    if (error instanceof UnreadableBackfillError) return "";
    throw error;
  }
}

const headerSchema = z.looseObject({
  assets: z.array(z.string()),
  request: z.looseObject({
    assets: z.string(),
    partitionsOf: z.record(z.string(), z.string()).optional(),
  }),
  project: z.looseObject({ assets: z.record(z.string(), z.string()) }).optional(),
});

/**
 * Returns a backfill's header with a new name for one asset. Drops the asset's planned version,
 * which belonged to the old name.
 *
 * @param text JSON
 * @returns undefined if the text is unreadable or does not name the asset
 */
export function renamedHeader(text: string, from: string, to: string): string | undefined {
  const header = headerSchema.safeParse(storedJson(text)).data;
  if (header === undefined || !header.assets.includes(from)) return undefined;
  const { request, project } = header;
  const { partitionsOf } = request;
  return JSON.stringify({
    ...header,
    assets: [...new Set(header.assets.map((name) => (name === from ? to : name)))],
    request: {
      ...request,
      assets: renamedSelection(request.assets, from, to),
      ...(partitionsOf === undefined ? {} : { partitionsOf: renamedField(partitionsOf, from, to) }),
    },
    ...(project === undefined
      ? {}
      : { project: { ...project, assets: renamedField(project.assets, from, undefined) } }),
  });
}

/** Replaces one asset's name in selection text. Wildcards and other names stay. */
export function renamedSelection(selection: string, from: string, to: string): string {
  if (from === "all") return selection;
  return selection
    .split(",")
    .map((term) =>
      term.replace(
        /^(\s*(?:\d*\+)?)([^+\s]+)((?:\+\d*)?\s*)$/,
        (whole, before: string, name: string, after: string) =>
          name === from ? `${before}${to}${after}` : whole,
      ),
    )
    .join(",");
}

/** @param to undefined drops the entry */
function renamedField(
  values: Readonly<Record<string, string>>,
  from: string,
  to: string | undefined,
): Record<string, string> {
  const { [from]: value, ...others } = values;
  return value === undefined || to === undefined ? others : { [to]: value, ...others };
}
