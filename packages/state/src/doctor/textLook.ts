import { z } from "zod";
import { documentedKey } from "../keys/documentedKey.ts";
import { isReadableLogEntry } from "../log/backfillLog.ts";
import { isReadableChange } from "../log/partitionAudit.ts";
import { parseKeptPlan } from "../submissions/plans.ts";
import { isReadableRound } from "../backfills/prunes.ts";
import type { StateStore } from "../store/stateStore.ts";
import { excerptOf, storedJson } from "../redis/unreadable.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { type EntryKey, scannedEntries } from "./entryLook.ts";
import { setAsideEntries, setAsideKey, type UnreadableEntry } from "./setAside.ts";

/**
 * Kinds that are only shown to people. Readers show an unreadable entry as such, or leave it out.
 */
const textKinds = ["backfill_log", "audit", "prunes", "metadata", "errors", "plan"] as const;
type TextKind = (typeof textKinds)[number];

/** The kinds of keys that this file checks. */
export const textKeyKinds: ReadonlySet<string> = new Set(textKinds);

const objectSchema = z.record(z.string(), z.unknown());

function isJsonObject(text: string): boolean {
  return objectSchema.safeParse(storedJson(text)).success;
}

/** Whether readers accept an entry, by the kind of its key. A stream's entry is its fields. */
const isReadable: Readonly<Record<TextKind, (value: string, entry: string) => boolean>> = {
  backfill_log: (value) => isReadableLogEntry(value),
  audit: (value) => isReadableChange(fieldOf(value, "entry")),
  prunes: (value) => isReadableRound(fieldOf(value, "round")),
  metadata: (value, field) => isOrdinal(field) && isJsonObject(value),
  errors: (value, field) => isOrdinal(field) && isJsonObject(value),
  plan: (value) => parseKeptPlan(value) !== undefined,
};

const names: Readonly<Record<TextKind, string>> = {
  backfill_log: "the log of a backfill",
  audit: "the history of changes by hand",
  prunes: "the history of pruning",
  metadata: "the metadata of partitions",
  errors: "the errors of partitions",
  plan: "a previewed plan",
};

/** Finds unreadable entries of logs, histories, notes and plans. */
export async function lookAtTexts(
  store: StateStore,
  keys: readonly EntryKey[],
): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (const { key, kind: text, type } of keys) {
    const kind = textKinds.find((known) => known === text);
    if (kind === undefined) continue;
    const wrong: UnreadableEntry[] = [];
    for await (const text of textsOf(store, key, type))
      if (!isReadable[kind](text.value, text.entry)) wrong.push(text);
    const [first] = wrong;
    if (first === undefined) continue;
    const { parts } = documentedKey(key.slice(store.namespace.length + 1)) ?? { parts: {} };
    const { asset, backfill } = parts as Readonly<Record<string, string | undefined>>;
    const many = wrong.length === 1 ? "an entry" : `${wrong.length} entries`;
    const quoted = excerptOf(type === "list" ? first.entry : first.value);
    found.push({
      check: "text_unreadable",
      ...(asset === undefined ? {} : { asset }),
      ...(backfill === undefined ? {} : { backfillId: backfill }),
      redisKey: key,
      count: wrong.length,
      problem:
        kind === "plan"
          ? `What is kept of a previewed plan cannot be read ("${quoted}").`
          : `The key "${key}", ${names[kind]}, has ${many} that cannot be read ("${quoted}").`,
      remedy: `It is moved to the key "${store.keys.setAside(key, "")}", and kept there for 90 days.`,
      repair: () =>
        type === "string" ? setAsideKey(store, key, []) : setAsideEntries(store, key, wrong),
    });
  }
  return found;
}

/** The entries of a key: a field with its value, a member of a list, an id with the fields as JSON, or a whole text. */
async function* textsOf(
  store: StateStore,
  key: string,
  type: string,
): AsyncIterable<UnreadableEntry> {
  const { redis } = store;
  switch (type) {
    case "hash":
      yield* scannedEntries(store, key, type);
      return;
    case "list":
      for (const bytes of await redis.lrangeBuffer(key, 0, -1)) {
        const text = bytes.toString();
        yield { entry: text, value: text, bytes: [bytes, bytes] };
      }
      return;
    case "stream":
      for (const [id, fields] of await redis.xrange(key, "-", "+"))
        yield { entry: id, value: JSON.stringify(fields) };
      return;
    default:
      yield { entry: "", value: (await redis.get(key)) ?? "" };
  }
}

const fieldsSchema = z.array(z.string());

/** The value of a field of a stream's entry, "" if it has none. */
function fieldOf(value: string, name: string): string {
  const fields = fieldsSchema.parse(storedJson(value));
  return fields[fields.indexOf(name) + 1] ?? "";
}

function isOrdinal(field: string): boolean {
  return /^-?\d{1,10}$/.test(field);
}
