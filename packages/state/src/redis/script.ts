import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { z } from "zod";
import { PatientRedis } from "./patientRedis.ts";
import { isNotNow } from "./redisTrouble.ts";
import { AssetChangingError } from "./assetChangingError.ts";

type ScriptCall<R> = (
  redis: Redis,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
) => Promise<R>;

/** A Lua transition: loads itself on first use and parses the reply. */
export interface Script<R> extends ScriptCall<R> {
  /**
   * Executes before later commands on the same connection. If the order cannot be kept, because the
   * server has forgotten the script or cannot answer now, calls `onLate` first and then sends the
   * script again.
   */
  readonly inOrder: (
    redis: Redis,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
    onLate: () => void,
  ) => Promise<R>;
}

const folder = new URL("../../lua/", import.meta.url);

/**
 * A typed wrapper of one file under `lua/`.
 *
 * @param name the file without `.lua`
 * @param reply a schema of every reply in its header
 */
export function defineScript<S extends z.ZodType>(name: string, reply: S): Script<z.output<S>> {
  let lua: string | undefined;
  let hash: string | undefined;
  const command = `infill_${name}`;
  const parse = (answer: unknown): z.output<S> => {
    const parsed = reply.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new Error(`Bug: ${name}.lua answered ${JSON.stringify(answer).slice(0, 200)}`);
  };
  const call: ScriptCall<z.output<S>> = async (redis, keys, args) => {
    let method: unknown = Reflect.get(redis, command);
    if (typeof method !== "function") {
      lua ??= sourceOf(name);
      redis.defineCommand(command, { lua });
      method = Reflect.get(redis, command);
      if (typeof method !== "function") throw new Error(`Bug: ioredis did not define ${command}`);
    }
    try {
      return parse(await patiently(redis, method.bind(redis, keys.length, ...keys, ...args)));
    } catch (error) {
      throw changingAsset(error, keys) ?? error;
    }
  };
  const inOrder: Script<z.output<S>>["inOrder"] = async (redis, keys, args, onLate) => {
    const text = (lua ??= sourceOf(name));
    hash ??= createHash("sha1").update(text).digest("hex");
    try {
      const sha = hash;
      const send = () => redis.evalsha(sha, keys.length, ...keys, ...args);
      // If this waited out a refusal, later commands could overtake it unnoticed.
      return parse(await (redis instanceof PatientRedis ? redis.atOnce(send) : send()));
    } catch (error) {
      if (!(error instanceof Error) || !/^NOSCRIPT\b/.test(error.message)) {
        if (!isForNow(redis, error)) throw error;
      }
      onLate();
    }
    return parse(await patiently(redis, () => redis.eval(text, keys.length, ...keys, ...args)));
  };
  return Object.assign(call, { inOrder });
}

/**
 * Calls until the server can answer. Transitions are idempotent, so calling again is safe. Throws
 * the error if the connection has a limit of retries. A PatientRedis waits by itself.
 */
async function patiently(redis: Redis, send: () => unknown): Promise<unknown> {
  for (let wait = 50; ; wait = Math.min(2 * wait, 2_000)) {
    try {
      return await send();
    } catch (error) {
      if (!isForNow(redis, error)) throw error;
      await delay(wait);
    }
  }
}

/** Whether an error says "not now" on a connection that retries for ever. */
function isForNow(redis: Redis, error: unknown): boolean {
  return redis.options.maxRetriesPerRequest === null && isNotNow(error);
}

/**
 * The error of a transition that was refused because the asset is being reset, removed or renamed
 * (`includes/under_change.lua`).
 */
function changingAsset(error: unknown, keys: readonly string[]): AssetChangingError | undefined {
  const operation =
    error instanceof Error && /^CHANGING (.+?)(?: script: .*)?$/s.exec(error.message);
  const asset = /\{asset\/([^}]+)\}/.exec(keys[0] ?? "")?.[1];
  if (!operation || asset === undefined) return undefined;
  return new AssetChangingError(asset, operation[1] ?? "");
}

/**
 * The text of one file under `lua/`, for a connection in another thread, which `defineScript`
 * cannot serve.
 */
export function scriptText(name: string): string {
  return sourceOf(name);
}

/**
 * The script with each line `--- @include "name"` replaced by that include, recursively, each
 * include once.
 */
function sourceOf(name: string): string {
  const included = new Set<string>();
  const expand = (file: string): string =>
    readFileSync(new URL(`${file}.lua`, folder), "utf8").replace(
      /^--- @include "(\w+)"$/gm,
      (_, include: string) => {
        if (included.has(include)) return "";
        included.add(include);
        return expand(`includes/${include}`);
      },
    );
  return expand(name);
}
