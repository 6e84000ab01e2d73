import { z } from "zod";
import { type AssetKey, assetKeys } from "../assets/assetKeys.ts";
import { crashPoint } from "@infill/core";
import { answersOf } from "../redis/answersOf.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const wordReply = z.tuple([z.enum(["copied", "outdated"])]);
const restoreScript = defineScript("restore_asset_keys", wordReply);
const fieldsScript = defineScript("copy_asset_fields", wordReply);

/** Keys of running processes, which are not copied. */
export const passingKinds: ReadonlySet<string> = new Set([
  "meta",
  "claims",
  "waiters",
  "sessions",
  "scratch",
  "staged",
]);
/** Hashes that may have too many fields for one call. */
const largeKinds: ReadonlySet<string> = new Set(["registry", "asset_backfills", "selected"]);
/** Fields of the meta hash that describe an operation and are not state. */
const operationFields: ReadonlySet<string> = new Set([
  "operation",
  "epoch",
  "epoch_before",
  "moved",
]);
/** Keys, or fields of a large hash, that one call copies. */
const keysPerCall = 50;
const fieldsPerCall = 250;

/** The two names, and the operation that each must be under during the copy. */
export interface AssetCopy {
  readonly from: string;
  readonly to: string;
  readonly leaving: string;
  readonly coming: string;
}

/**
 * Copies an asset's keys to another name, 50 keys a step, without claims and sessions. The two
 * names have different hash tags, so RENAME does not work between them. Safe to call again after an
 * interruption.
 *
 * @returns whether both operations are still under way
 */
export async function copyAssetKeys(store: StateStore, copy: AssetCopy): Promise<boolean> {
  for await (const page of assetKeys(store, copy.from)) {
    const moving = page.filter(({ kind }) => !passingKinds.has(kind ?? ""));
    for (const { name } of moving.filter(isLarge))
      if (!(await copyFields(store, copy, name))) return false;
    const small = moving.filter((key) => !isLarge(key));
    for (let first = 0; first < small.length; first += keysPerCall) {
      const step = small.slice(first, first + keysPerCall);
      if (!(await copyWhole(store, copy, step))) return false;
      crashPoint("after:rename_step");
    }
  }
  return copyMeta(store, copy);
}

function isLarge({ kind }: AssetKey): boolean {
  return largeKinds.has(kind ?? "");
}

function nameUnder({ keys }: StateStore, { from, to }: AssetCopy, name: string): string {
  return `${keys.root(to)}${name.slice(keys.root(from).length)}`;
}

async function copyWhole(
  store: StateStore,
  copy: AssetCopy,
  step: readonly AssetKey[],
): Promise<boolean> {
  const { redis, keys } = store;
  const reading = redis.multi().hget(keys.meta(copy.from), "operation");
  for (const { name } of step) reading.pttl(name).dumpBuffer(name);
  const [operation, ...facts] = answersOf(await reading.exec());
  if (operation !== copy.leaving) return false;
  const names: string[] = [];
  const args: (string | number | Buffer)[] = [];
  for (const [at, { name }] of step.entries()) {
    const [ttl, bytes] = facts.slice(2 * at, 2 * at + 2);
    // An earlier call has copied and deleted it.
    if (!Buffer.isBuffer(bytes)) continue;
    names.push(nameUnder(store, copy, name));
    args.push(Math.max(0, Number(ttl)), bytes);
  }
  const [word] = await restoreScript(redis, [keys.meta(copy.to), ...names], [copy.coming, ...args]);
  return word === "copied";
}

async function copyFields(store: StateStore, copy: AssetCopy, name: string): Promise<boolean> {
  const { redis, keys } = store;
  const target = nameUnder(store, copy, name);
  let cursor = "0";
  do {
    const reading = redis.multi().hget(keys.meta(copy.from), "operation");
    reading.hscanBuffer(name, cursor, "COUNT", fieldsPerCall);
    const [operation, scanned] = answersOf(await reading.exec());
    if (operation !== copy.leaving) return false;
    const [next, entries] = scannedSchema.parse(scanned);
    cursor = next.toString();
    for (let first = 0; first < entries.length; first += 2 * fieldsPerCall) {
      const fields = entries.slice(first, first + 2 * fieldsPerCall);
      const keyList = [keys.meta(copy.to), target];
      const [word] = await fieldsScript(redis, keyList, [copy.coming, ...fields]);
      if (word === "outdated") return false;
    }
  } while (cursor !== "0");
  return true;
}

const bufferSchema = z.custom<Buffer>((value) => Buffer.isBuffer(value));
const scannedSchema = z.tuple([bufferSchema, z.array(bufferSchema)]);

/** Copied last: a copy that has a fingerprint is complete. */
async function copyMeta(store: StateStore, copy: AssetCopy): Promise<boolean> {
  const { redis, keys } = store;
  const values = await redis.hgetall(keys.meta(copy.from));
  if (values["operation"] !== copy.leaving) return false;
  // The layout of the new name's definition must not outlive that of the copied state.
  const fields = Object.entries({ tile: "", ...values }).filter(
    ([name]) => !operationFields.has(name),
  );
  const meta = keys.meta(copy.to);
  const [word] = await fieldsScript(redis, [meta, meta], [copy.coming, ...fields.flat()]);
  return word === "copied";
}

/**
 * Writes fields of the meta hash of an asset under an operation.
 *
 * @param fields names and values
 * @returns whether the operation is still under way
 */
export async function writeAssetFields(
  { redis, keys }: StateStore,
  asset: string,
  operation: string,
  fields: readonly string[],
): Promise<boolean> {
  const meta = keys.meta(asset);
  const [word] = await fieldsScript(redis, [meta, meta], [operation, ...fields]);
  return word === "copied";
}
