import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { scriptText } from "@infill/state";
import type { Redis } from "ioredis";
import { z } from "zod";

/** What one command or script cost a Redis server. */
export interface CommandTime {
  /** A command's name, or a script's behind the name of its library: `infill claim`, `bullmq moveToActive`. */
  readonly name: string;
  readonly calls: number;
  readonly us: number;
}

/** Most entries that the slow log holds between two looks. */
const heldEntries = 100_000;
const entrySchema = z
  .tuple([z.number(), z.number(), z.number(), z.array(z.string())])
  .rest(z.unknown());

/**
 * What each command and each script cost while something runs, dearest first. The commands that a script calls are
 * listed by themselves and are part of the script's time too. Reads the slow log with a threshold of 0;
 * that costs the server some time of its own, so nothing is measured beside it.
 */
export async function redisCommandsOf(
  redis: Redis,
  work: () => Promise<unknown>,
): Promise<CommandTime[]> {
  const names = await scriptNames();
  const before = new Map<string, string>();
  for (const setting of ["slowlog-log-slower-than", "slowlog-max-len"]) {
    const [, value = ""] = z.array(z.string()).parse(await redis.config("GET", setting));
    before.set(setting, value);
  }
  await redis.config("SET", "slowlog-max-len", String(heldEntries));
  await redis.slowlog("RESET");
  await redis.config("SET", "slowlog-log-slower-than", "0");
  const times = new Map<string, { calls: number; us: number }>();
  const look = async () => {
    const answers = await redis.multi().slowlog("GET", heldEntries).slowlog("RESET").exec();
    for (const [, , us, words] of z.array(entrySchema).parse(answers?.[0]?.[1])) {
      const name = commandName(words, names);
      const known = times.get(name) ?? { calls: 0, us: 0 };
      times.set(name, { calls: known.calls + 1, us: known.us + us });
    }
  };
  try {
    let ended = false;
    const working = work().finally(() => (ended = true));
    while (!ended) {
      await Promise.race([working, delay(250)]);
      await look();
    }
    await working;
  } finally {
    for (const [setting, value] of before) await redis.config("SET", setting, value);
  }
  return [...times]
    .map(([name, time]) => ({ name, ...time }))
    .filter(({ name }) => name !== "slowlog" && name !== "multi")
    .toSorted((a, b) => b.us - a.us);
}

function commandName([command = "", hash = ""]: readonly string[], names: Map<string, string>) {
  const name = command.toLowerCase();
  return name === "evalsha" ? (names.get(hash) ?? `script ${hash}`) : name;
}

/** The names of all scripts by the hash under which Redis keeps them. */
async function scriptNames(): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const add = (name: string, text: string) =>
    names.set(createHash("sha1").update(text).digest("hex"), name);
  const lua = new URL("../lua/", import.meta.resolve("@infill/state"));
  for (const file of readdirSync(fileURLToPath(lua)))
    if (file.endsWith(".lua")) add(`infill ${file.slice(0, -4)}`, scriptText(file.slice(0, -4)));
  const scripts = new URL("./scripts/", import.meta.resolve("bullmq"));
  for (const file of readdirSync(fileURLToPath(scripts))) {
    if (!/-\d+\.js$/.test(file)) continue;
    const module: unknown = await import(new URL(file, scripts).href);
    for (const script of Object.values(Object(module))) {
      const { success, data } = bullmqScriptSchema.safeParse(script);
      if (success) add(`bullmq ${data.name}`, data.content);
    }
  }
  return names;
}

const bullmqScriptSchema = z.object({ name: z.string(), content: z.string() });
