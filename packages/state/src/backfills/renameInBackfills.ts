import { z } from "zod";
import { logEntryJson, type LogEntry } from "../log/backfillLog.ts";
import { crashPoint } from "@infill/core";
import { unpackBackfill } from "../packed/unpackBackfill.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { isWrongType, storedJson } from "../redis/unreadable.ts";
import { UnreadableBackfillError } from "../redis/unreadableBackfill.ts";

const renameScript = defineScript("rename_in_backfill", z.tuple([z.enum(["renamed", "outdated"])]));

/** Backfills looked at by one call. */
const idsPerCall = 200;

/**
 * Lets the backfills that have a ledger of an asset name it by another name, so that they find the ledger there. Their logs say
 * so. Safe to call again after an interruption.
 *
 * @param goesOn asked before each backfill; false ends it
 * @returns whether it came to its end
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
    // The copy has all numbers by now, and keeps them.
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
        // The doctor names a backfill of another type; it names no asset.
        if (isWrongType(error)) return {};
        throw error;
      });
    const after = renamedHeader(headerOf(id, values), from, to);
    if (after === undefined) return false;
    // Of a packed one the first part tells whether it is another one by now. The new header then stands beside the parts, and counts.
    const field = values["header"] === undefined ? "p0" : "header";
    const keyList = [keys.backfill(id), keys.backfillLog(id)];
    const args = [field, values[field] ?? "", after, logEntryJson(entry)];
    const [word] = await renameScript(redis, keyList, args);
    if (word === "renamed") return true;
  }
}

/** @returns "" where it cannot be read */
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
 * The header of a backfill with another name for one of its assets. The version under which it was planned is left out: it was the
 * old name's.
 *
 * @param text JSON
 * @returns undefined where it cannot be read, or does not name the asset
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

/** Selection text with another name for one asset; words for many assets, and the names of others, stay. */
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

/** @param to undefined: the entry is left out */
function renamedField(
  values: Readonly<Record<string, string>>,
  from: string,
  to: string | undefined,
): Record<string, string> {
  const { [from]: value, ...others } = values;
  return value === undefined || to === undefined ? others : { [to]: value, ...others };
}
