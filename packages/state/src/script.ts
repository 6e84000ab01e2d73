import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { z } from "zod";

type ScriptCall<R> = (
  redis: Redis,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
) => Promise<R>;

/** A Lua transition: loads itself on first use and parses what it answers. */
export interface Script<R> extends ScriptCall<R> {
  /**
   * Sends the script's text along, so that it is done before whatever is sent behind it on the same connection. Otherwise
   * a server that has forgotten the script is asked twice.
   */
  readonly inOrder: ScriptCall<R>;
}

const folder = new URL("../lua/", import.meta.url);

/**
 * A typed wrapper of one file under `lua/`.
 *
 * @param name the file without `.lua`
 * @param reply every answer its header lists
 */
export function defineScript<S extends z.ZodType>(name: string, reply: S): Script<z.output<S>> {
  let lua: string | undefined;
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
    return parse(await patiently(redis, method.bind(redis, keys.length, ...keys, ...args)));
  };
  const inOrder: ScriptCall<z.output<S>> = async (redis, keys, args) => {
    const text = (lua ??= sourceOf(name));
    return parse(await patiently(redis, () => redis.eval(text, keys.length, ...keys, ...args)));
  };
  return Object.assign(call, { inOrder });
}

/** Answers that say "not now": the server starts, fails over, is full, or runs somebody's long script. */
const notNow = /^(LOADING|READONLY|OOM|MISCONF|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|NOREPLICAS)\b/;

/**
 * Calls until the server can answer. Transitions are idempotent, so calling again is safe. A connection that gives up
 * after some retries (a command's) gets the error instead.
 */
async function patiently(redis: Redis, send: () => unknown): Promise<unknown> {
  for (let wait = 50; ; wait = Math.min(2 * wait, 2_000)) {
    try {
      return await send();
    } catch (error) {
      const isPatient = redis.options.maxRetriesPerRequest === null;
      if (!isPatient || !(error instanceof Error) || !notNow.test(error.message)) throw error;
      await delay(wait);
    }
  }
}

/** The script with its includes put in place of the lines `--- @include "name"`. */
function sourceOf(name: string): string {
  const text = readFileSync(new URL(`${name}.lua`, folder), "utf8");
  return text.replace(/^--- @include "(\w+)"$/gm, (_, include: string) =>
    readFileSync(new URL(`includes/${include}.lua`, folder), "utf8"),
  );
}
