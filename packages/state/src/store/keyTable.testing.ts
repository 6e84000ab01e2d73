import { expect, test } from "vitest";
import { scriptText } from "../redis/script.ts";
import type { StateStore } from "./stateStore.ts";

/** The entries of a stream, each as its fields and values: "event started ordinal 3". */
export interface StoredStream {
  readonly stream: readonly string[];
}

/**
 * The value of a key as a row of a test table: a string (one character a byte), the members of a set
 * or the entries of a list, the fields of a hash, the members of a sorted set with their scores as
 * text, or a stream. "now", "now+5m" and "now-5m" stand for instants by the server's clock, epoch
 * milliseconds.
 */
export type Stored =
  | string
  | readonly string[]
  | ReadonlySet<string>
  | Readonly<Record<string, string | number>>
  | ReadonlyMap<string, string>
  | StoredStream;

/** Keys by their names below a root, such as ":meta". " expires" after a name, behind the key itself, is the end of its life. */
export type StoredKeys = Readonly<Record<string, Stored>>;

/** The text of a bitmap of one byte: "\xa0" has the bits 0 and 2. */
export function bitsText(...ordinals: readonly number[]): string {
  return String.fromCharCode(ordinals.reduce((byte, at) => byte | (128 >> at), 0));
}

const minuteMs = 60_000;
const lifeEnd = " expires";

async function serverMs({ redis }: StateStore): Promise<number> {
  const [seconds] = await redis.time();
  return Number(seconds) * 1_000;
}

function isList(value: Stored): value is readonly string[] {
  return Array.isArray(value);
}

function isStream(value: Stored): value is StoredStream {
  return typeof value === "object" && "stream" in value && Array.isArray(value.stream);
}

/** Deletes all keys below a root, and writes these. */
export async function writeKeys(store: StateStore, root: string, keys: StoredKeys): Promise<void> {
  const { redis } = store;
  const nowMs = await serverMs(store);
  const instant = (text: string | number) =>
    String(text).replaceAll(/\bnow(?:([+-]\d+)m)?\b/g, (_, minutes: string | undefined) =>
      String(nowMs + Number(minutes ?? 0) * minuteMs),
    );
  const old = await redis.keys(`${root.replaceAll(/[[\]*?]/g, "\\$&")}*`);
  if (old.length > 0) await redis.del(...old);
  for (const [name, value] of Object.entries(keys)) {
    const key = root + name;
    if (name.endsWith(lifeEnd) && typeof value === "string")
      await redis.pexpireat(key.slice(0, -lifeEnd.length), Number(instant(value)));
    else if (typeof value === "string") await redis.set(key, Buffer.from(value, "latin1"));
    else if (isList(value)) await redis.rpush(key, ...value.map(instant));
    else if (value instanceof Set) await redis.sadd(key, ...value);
    else if (value instanceof Map)
      for (const [member, score] of value) await redis.zadd(key, instant(score), member);
    else if (isStream(value))
      for (const entry of value.stream) await redis.xadd(key, "*", ...entry.split(" "));
    else
      for (const [field, text] of Object.entries(value))
        await redis.hset(key, field, instant(String(text)));
  }
}

/** All keys below a root. Instants within a day of the server's time are written as "now", "now+5m" and so on. */
export async function readKeys(store: StateStore, root: string): Promise<StoredKeys> {
  const { redis } = store;
  const nowMs = await serverMs(store);
  const readable = (text: string) =>
    text.replaceAll(/(?<![\d.])\d{13}(?![\d.])/g, (digits) => {
      const minutes = Math.round((Number(digits) - nowMs) / minuteMs);
      if (Math.abs(minutes) > 1_440) return digits;
      return minutes === 0 ? "now" : `now${minutes > 0 ? "+" : ""}${minutes}m`;
    });
  const found: Record<string, Stored> = {};
  const names = await redis.keys(`${root.replaceAll(/[[\]*?]/g, "\\$&")}*`);
  for (const key of names.toSorted()) {
    const name = key.slice(root.length);
    const leftMs = await redis.pttl(key);
    if (leftMs >= 0) found[name + lifeEnd] = readable(String(nowMs + leftMs));
    const type = await redis.type(key);
    if (type === "string") {
      found[name] = readable(((await redis.getBuffer(key)) ?? Buffer.alloc(0)).toString("latin1"));
    } else if (type === "list") {
      found[name] = (await redis.lrange(key, 0, -1)).map(readable);
    } else if (type === "set") {
      found[name] = new Set(await redis.smembers(key));
    } else if (type === "zset") {
      const pairs = await redis.zrange(key, 0, "-1", "WITHSCORES");
      found[name] = new Map(
        pairs.flatMap((member, at) =>
          at % 2 === 0 ? [[member, readable(pairs[at + 1] ?? "")] as const] : [],
        ),
      );
    } else if (type === "stream") {
      const entries = await redis.xrange(key, "-", "+");
      found[name] = { stream: entries.map(([, fields]) => readable(fields.join(" "))) };
    } else {
      const fields = Object.entries(await redis.hgetall(key));
      found[name] = Object.fromEntries(fields.map(([field, text]) => [field, readable(text)]));
    }
  }
  return found;
}

/** A call of a transition: the names of its keys below the root, and its arguments. */
export interface KeyCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number | Buffer)[];
}

/**
 * Calls a transition on keys below a root. @returns the reply; the message of an error that the
 * transition answers with
 */
export async function callOnKeys(
  store: StateStore,
  root: string,
  script: string,
  { keys, args }: KeyCall,
): Promise<unknown> {
  try {
    return await store.redis.eval(
      scriptText(script),
      keys.length,
      ...keys.map((name) => root + name),
      ...args,
    );
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

/** One row of a table: the keys before, a call, its reply, and what has changed after it. */
export interface KeyRow extends KeyCall {
  readonly title: string;
  readonly before: StoredKeys;
  readonly reply: unknown;
  /** The keys that differ after the call, `undefined` for one that is gone. Default: none. */
  readonly changes?: Readonly<Record<string, Stored | undefined>>;
  /** The reply to a second equal call, which changes nothing. Default: there is none. */
  readonly again?: unknown;
}

/** Makes a test of each row: writes its keys, calls the transition once, and compares the reply and all keys. */
export function keyTable(
  store: StateStore,
  root: string,
  script: string,
  rows: readonly KeyRow[],
): void {
  for (const row of rows) {
    test(`${script}: ${row.title}`, async () => {
      await writeKeys(store, root, row.before);
      const before = await readKeys(store, root);
      const reply = await callOnKeys(store, root, script, row);
      const after = await readKeys(store, root);
      const left = Object.entries({ ...before, ...row.changes }).filter(
        ([, value]) => value !== undefined,
      );
      expect({ reply, keys: after }).toEqual({ reply: row.reply, keys: Object.fromEntries(left) });
      if (row.again === undefined) return;
      expect(await callOnKeys(store, root, script, row)).toEqual(row.again);
      expect(await readKeys(store, root)).toEqual(after);
    });
  }
}
