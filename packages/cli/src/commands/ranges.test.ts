import { backfillInputs, pageOptionsSchema } from "@infill/client/inputs";
import { doctorOptionsSchema } from "@infill/doctor/inputs";
import { workerOptionsSchema } from "@infill/worker/inputs";
import { Command, type Option } from "commander";
import { expect, test } from "vitest";
import { parseDuration } from "../options/duration.ts";
import { rangeOf } from "../options/parsers.ts";
import type { AnyCommand } from "../options/sharedOptions.ts";
import { commandPaths } from "../testing/commandPaths.ts";

/** The options of every command that reads a number, by command and name: `backfill list --limit`. */
const options = new Map<string, Option>();
for (const [path, { load }] of commandPaths()) {
  if (load === undefined) continue;
  const command = new Command();
  // The class of commander under the types that infer options, as in `buildProgram`.
  (await load())(command as unknown as AnyCommand, async () => {});
  for (const option of command.options)
    if (option.parseArg !== undefined) options.set(`${path} ${option.long}`, option);
}

/** Whether an option takes a value. */
function takes(name: string, text: string): boolean {
  const read = options.get(name)?.parseArg;
  if (read === undefined) throw new Error(`Bug: ${name} reads nothing`);
  try {
    read(text, undefined);
    return true;
  } catch {
    return false;
  }
}

const { pause, prune } = backfillInputs;
const worker = workerOptionsSchema.shape;
const workerLimits = (command: string) =>
  [
    [`${command} --concurrency`, worker.concurrency],
    [`${command} --lease`, worker.leaseMs],
    [`${command} --grace`, worker.graceMs],
    [`${command} --max-blocked`, worker.maxBlockedMs],
    [`${command} --max-deaths`, worker.maxProcessDeaths],
    [`${command} --max-lapses`, worker.maxLapses],
  ] as const;
const limits = [...options.keys()].filter((name) => name.endsWith("--limit"));

test.each([
  ...limits.map((name) => [name, pageOptionsSchema.shape.limit] as const),
  ["backfill pause --for", pause.shape.forMs] as const,
  ["backfill prune --older-than", prune.shape.olderThanMs] as const,
  ["backfill prune --keep", prune.shape.keep] as const,
  ["doctor --patience", doctorOptionsSchema.shape.patienceMs] as const,
  ...workerLimits("worker start"),
  ...workerLimits("dev"),
])("%s has the range of its schema", (name, schema) => {
  const [least, most] = rangeOf(schema);
  const isDuration = options.get(name)?.flags.match(/<(time|duration)>/) !== null;
  for (const value of [least - 1, least, most, most + 1]) {
    const text = isDuration ? `${value}ms` : String(value);
    expect({ text, isTaken: takes(name, text) }).toEqual({
      text,
      isTaken: schema.safeParse(value).success,
    });
  }
});

const named = [...options].flatMap(([name, { description }]) => {
  const [, least, most] = /(-?\d+[a-z]*) to (-?\d+[a-z]*)\b/.exec(description) ?? [];
  return least === undefined || most === undefined ? [] : [[name, least, most] as const];
});

test.each(named)("the help of %s names its range, %s to %s", (name, least, most) => {
  const [leastMs, mostMs] = [parseDuration(least), parseDuration(most)];
  const beyond =
    leastMs === undefined || mostMs === undefined
      ? [Number(least) - 1, Number(most) + 1].map(String)
      : [`${leastMs - 1}ms`, `${mostMs + 1}ms`];
  expect([least, most].map((text) => takes(name, text))).toEqual([true, true]);
  expect(beyond.map((text) => takes(name, text))).toEqual([false, false]);
});

test("lists and workers name their ranges in help", () => {
  expect(limits.length).toBeGreaterThan(5);
  expect(named.length).toBeGreaterThan(limits.length + 8);
});
