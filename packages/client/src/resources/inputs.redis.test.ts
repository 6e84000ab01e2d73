import { asset, InvalidOptionsError, project } from "@infill/core";
import { dynamicPartitions, staticPartitions } from "@infill/partitions";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";
import { assetInputs } from "../schemas/assetSchemas.ts";
import { backfillInputs } from "../schemas/backfillSchemas.ts";
import { deliveryInputs } from "../schemas/deliverySchemas.ts";
import { dynamicInputs } from "../schemas/dynamicSchemas.ts";
import { partitionInputs } from "../schemas/partitionSchemas.ts";
import {
  choice,
  control,
  type FieldCases,
  flag,
  page,
  share,
  text,
  whole,
  withField,
} from "./inputFields.testing.ts";

const url = redisUrlForTests();
const namespace = testPrefix();
const definition = project({
  namespace,
  assets: [
    asset({ name: "a", partitions: staticPartitions(["x", "y"]), materialize() {} }),
    asset({ name: "b", partitions: dynamicPartitions({ name: "d" }), materialize() {} }),
  ],
});
let client: InfillClient;
let id = "";

beforeAll(async () => {
  client = await connect(definition, { redisUrl: url });
  id = (await client.backfills.create({ assets: "a" })).id ?? "";
  await client.dynamic.add("d", ["k"]);
});
afterAll(async () => {
  await client.close();
  await cleanPrefix(url, namespace);
});

/** Everything that Redis holds of the project. */
async function stored(): Promise<ReadonlyMap<string, string | undefined>> {
  const { redis } = client.connection.store;
  const keys = (await redis.keys(`*${namespace}*`)).toSorted();
  const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
  return new Map(keys.map((key, at) => [key, dumps[at]?.toString("hex")]));
}

/** One sentence: what is wrong, where, the value, and what is right. */
const sentence = /^Invalid [a-z ]+(?:: [A-Za-z.]+)?: .+\.$/;

/** One input of a method: its schema, what it has to hold, the cases of its fields, and the call. */
interface InputCase {
  readonly schema: z.ZodType;
  readonly base?: object;
  readonly fields: Readonly<Record<string, FieldCases>>;
  // Inputs that no typed caller could pass.
  call(input: never): Promise<unknown>;
}

const tried = { ...control, dryRun: flag } as const;
const orders = choice("oldest", "newest", "spread");
const settings = {
  order: orders,
  priority: whole(-100, 100),
  weight: whole(1, 1_000),
  window: whole(1, 100_000),
  concurrency: whole(1, 1_000_000),
  maxPartitionsPerRun: whole(1, 1_000),
  "budget.failures": whole(1, 100_000_000),
  "budget.failureRate": share(true),
  "budget.failureRateOver": whole(10, 100_000),
  "budget.wallMs": whole(1_000, 365 * 86_400_000),
  minSuccessRatio: share(false),
} as const;
const request = {
  ...settings,
  assets: text(65_536),
  partitions: text(65_536),
  "partitionsOf.a": text(65_536),
  propagate: flag,
  reprocess: choice("missing", "failed", "stale", "all"),
  canary: whole(1, 10_000),
  origin: choice("backfill", "schedule", "sensor", "run"),
  overlap: choice("share", "rerun"),
  "retry.maxAttempts": whole(1, 100),
  "retry.backoffMs": whole(0, 86_400_000),
  "retry.maxBackoffMs": whole(0, 86_400_000),
  label: text(200),
  ...control,
} as const;
const change = { ...control, partitions: text(65_536, 1) } as const;
const statuses = choice("running", "paused", "canceling", "succeeded", "failed", "canceled");

const cases: Readonly<Record<string, InputCase>> = {
  "backfills.preview": {
    ...{ schema: backfillInputs.preview, base: { assets: "a" }, fields: request },
    call: (input) => client.backfills.preview(input),
  },
  "backfills.create": {
    ...{ schema: backfillInputs.create, base: { assets: "a" } },
    fields: { ...request, planHash: text(200), idempotencyKey: text(200, 1) },
    call: (input) => client.backfills.create(input),
  },
  "backfills.list": {
    ...{ schema: backfillInputs.list, fields: { ...page, status: statuses } },
    call: (input) => client.backfills.list(input),
  },
  "backfills.watch": {
    schema: backfillInputs.watch,
    fields: {
      signal: {
        takes: [new AbortController().signal],
        refuses: [["now", 'got "now"; expected an AbortSignal.']],
      },
    },
    async call(input) {
      for await (const _ of client.backfills.watch(id, input)) return;
    },
  },
  "backfills.cancel": {
    ...{ schema: backfillInputs.cancel, fields: control },
    call: (input) => client.backfills.cancel(id, input),
  },
  "backfills.pause": {
    schema: backfillInputs.pause,
    fields: {
      ...control,
      mode: choice("drain", "stop"),
      forMs: whole(1_000, 365 * 86_400_000),
    },
    call: (input) => client.backfills.pause(id, input),
  },
  "backfills.change": {
    schema: backfillInputs.change,
    fields: { ...settings, add: text(65_536), drop: text(65_536) },
    call: (input) => client.backfills.change(id, input),
  },
  "backfills.change by": {
    ...{ schema: backfillInputs.changeBy, fields: tried },
    call: (input) => client.backfills.change(id, { priority: 1 }, input),
  },
  "backfills.resume": {
    ...{ schema: backfillInputs.resume, fields: control },
    call: (input) => client.backfills.resume(id, input),
  },
  "backfills.retry": {
    schema: backfillInputs.retry,
    fields: {
      ...{ ...control, only: choice("failed", "skipped", "canceled"), dropped: flag },
      group: {
        takes: ["f", "f0123456789a"],
        refuses: [
          ["", 'got ""; expected the beginning of a fingerprint, such as "f7a1".'],
          ["f0123456789ab", 'expected the beginning of a fingerprint, such as "f7a1".'],
          [7, "got 7; invalid input: expected string, received number."],
        ],
      },
    },
    call: (input) => client.backfills.retry(id, input),
  },
  "backfills.delete": {
    ...{ schema: backfillInputs.delete, fields: { ...control, force: flag } },
    call: (input) => client.backfills.delete(id, input),
  },
  "backfills.prune": {
    schema: backfillInputs.prune,
    fields: {
      ...tried,
      keep: whole(0, 1_000_000),
      olderThanMs: {
        takes: [0, 0.5, 36_500 * 86_400_000],
        refuses: whole(0, 36_500 * 86_400_000).refuses.filter(([value]) => value !== 0.5),
      },
    },
    call: (input) => client.backfills.prune(input),
  },
  "backfills.listPrunes": {
    ...{ schema: backfillInputs.listPrunes, fields: { limit: page.limit } },
    call: (input) => client.backfills.listPrunes(input),
  },
  "backfills.listEvents": {
    ...{ schema: backfillInputs.listEvents, fields: page },
    call: (input) => client.backfills.listEvents(id, input),
  },
  "partitions.list": {
    schema: partitionInputs.list,
    fields: {
      ...{ ...page, partitions: text(65_536) },
      status: choice("missing", "materialized", "failed", "in_progress"),
    },
    call: (input) => client.partitions.list("a", input),
  },
  "partitions.mark": {
    ...{ schema: partitionInputs.mark, base: { partitions: "x" }, fields: change },
    call: (input) => client.partitions.mark("a", input),
  },
  "partitions.wipe": {
    ...{ schema: partitionInputs.wipe, base: { partitions: "x" }, fields: change },
    call: (input) => client.partitions.wipe("a", input),
  },
  "partitions.listChanges": {
    ...{ schema: partitionInputs.listChanges, fields: page },
    call: (input) => client.partitions.listChanges("a", input),
  },
  "assets.list": {
    schema: assetInputs.list,
    fields: {
      staleWithin: {
        takes: [-1, 0, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY],
        refuses: [
          [-2, "got -2; expected at least -1."],
          ["7", 'got "7"; expected a whole number from -1, or Infinity.'],
        ],
      },
    },
    call: (input) => client.assets.list(input),
  },
  ...Object.fromEntries(
    (["reset", "remove", "keep"] as const).map((method) => [
      `assets.${method}`,
      {
        ...{ schema: assetInputs[method], fields: control },
        call: (input: never) => client.assets[method]("a", input),
      },
    ]),
  ),
  "assets.rename": {
    ...{ schema: assetInputs.rename, fields: control },
    call: (input) => client.assets.rename("a", "c", input),
  },
  "dynamic.list": {
    ...{ schema: dynamicInputs.list, fields: { ...page, removed: flag } },
    call: (input) => client.dynamic.list("d", input),
  },
  "dynamic.add": {
    ...{ schema: dynamicInputs.add, fields: tried },
    call: (input) => client.dynamic.add("d", ["new"], input),
  },
  "dynamic.remove": {
    ...{ schema: dynamicInputs.remove, fields: tried },
    call: (input) => client.dynamic.remove("d", ["k"], input),
  },
  "dynamic.listChanges": {
    ...{ schema: dynamicInputs.listChanges, fields: page },
    call: (input) => client.dynamic.listChanges("d", input),
  },
  "deliveries.redeliver": {
    ...{ schema: deliveryInputs.redeliver, fields: tried },
    call: (input) => client.deliveries.redeliver("all", input),
  },
};

test.each(Object.entries(cases))("%s takes both ends of every field", (_, input) => {
  for (const [field, { takes }] of Object.entries(input.fields))
    for (const value of takes)
      expect(
        input.schema.safeParse(withField(input.base ?? {}, field, value)).error?.issues,
        `${field}: ${String(value).slice(0, 40)}`,
      ).toBeUndefined();
});

test.each(Object.entries(cases))("%s has no field that this table lacks", (_, input) => {
  if (!(input.schema instanceof z.ZodObject)) throw new Error("Not an object");
  const known = Object.keys(input.fields).map((field) => field.split(".")[0]);
  expect(new Set(Object.keys(input.schema.shape))).toEqual(new Set(known));
});

test.each(Object.entries(cases))(
  "%s refuses what is beyond, of another type or unknown, and changes nothing",
  async (_, input) => {
    const before = await stored();
    const refused = async (given: unknown): Promise<string> => {
      // A caller without types.
      const error: unknown = await input.call(given as never).catch((thrown: unknown) => thrown);
      if (!(error instanceof InvalidOptionsError)) throw new Error("Taken", { cause: error });
      expect(error.code).toBe("INFILL_OPTIONS_INVALID");
      expect(error.message).toMatch(sentence);
      return error.message;
    };
    for (const [field, { refuses }] of Object.entries(input.fields))
      for (const [value, problem] of refuses) {
        const message = await refused(withField(input.base ?? {}, field, value));
        expect(message).toContain(`: ${field}: `);
        expect(message).toContain(problem);
      }
    const [first = ""] = Object.keys(input.fields);
    const [name = ""] = first.split(".");
    expect(await refused({ ...input.base, [`${name}s`]: 1 })).toContain(
      `"${name}s" is not an option here; did you mean "${name}"?`,
    );
    expect(await refused(7)).toContain("got 7; invalid input: expected object, received number.");
    expect(await stored()).toEqual(before);
  },
);

/** Arguments that are texts: longest length, and the calls that take one. */
const texts: Readonly<Record<string, readonly [number, (given: never) => Promise<unknown>]>> = {
  "backfills.get id": [1_000, (given) => client.backfills.get(given)],
  "backfills.resolveId text": [1_000, (given) => client.backfills.resolveId(given)],
  "backfills.cancel id": [1_000, (given) => client.backfills.cancel(given)],
  "backfills.delete id": [1_000, (given) => client.backfills.delete(given)],
  "backfills.listFailures id": [1_000, (given) => client.backfills.listFailures(given)],
  "partitions.count asset": [1_000, (given) => client.partitions.count(given)],
  "partitions.count partitions": [65_536, (given) => client.partitions.count("a", given)],
  "partitions.get key": [65_536, (given) => client.partitions.get("a", given)],
  "partitions.explain key": [65_536, (given) => client.partitions.explain("a", given)],
  "assets.get name": [1_000, (given) => client.assets.get(given)],
  "assets.findGaps assets": [65_536, (given) => client.assets.findGaps(given)],
  "assets.previewRename newName": [1_000, (given) => client.assets.previewRename("a", given)],
  "dynamic.list name": [1_000, (given) => client.dynamic.list(given)],
  "deliveries.redeliver which": [1_000, (given) => client.deliveries.redeliver(given)],
  "workers.get id": [1_000, (given) => client.workers.get(given)],
};

test.each(Object.entries(texts))("%s is a text of bounded length", async (_, [most, call]) => {
  const before = await stored();
  // A caller without types.
  for (const [given, problem] of [
    ["x".repeat(most + 1), `expected at most ${most} characters.`],
    [7, "got 7; invalid input: expected string, received number."],
  ])
    await expect(call(given as never)).rejects.toThrow(`; ${problem}`.replace("; got", ": got"));
  // The longest one is nothing that exists, and is told as such.
  const answer: unknown = await call("x".repeat(most) as never).catch((thrown: unknown) => thrown);
  expect(answer).not.toBeInstanceOf(InvalidOptionsError);
  expect(await stored()).toEqual(before);
});

test.each([
  ["k", 'got "k"; expected a list of keys.'],
  [undefined, "expected a list of keys."],
  [["fine", 7], "1: got 7; invalid input: expected string, received number."],
])("dynamic keys are a list of texts, not %o", async (keys, problem) => {
  const before = await stored();
  // A caller without types.
  const added = client.dynamic.add("d", keys as string[]);
  await expect(added).rejects.toThrow(`Invalid keys of dynamic partitions: ${problem}`);
  expect(await stored()).toEqual(before);
});

test.each([
  [{ redisPatienceMs: -1 }, "redisPatienceMs: got -1; expected at least 0."],
  [{ redisPatienceMs: "5s" }, 'redisPatienceMs: got "5s"; expected a number from 0, or Infinity.'],
  [{ redisUrl: 6379 }, "redisUrl: got 6379; invalid input: expected string, received number."],
  [{ onRedisWait: true }, "onRedisWait: got true; expected a function."],
  [{ now: 5 }, "now: got 5; expected a function."],
  [{ randomBytes: 5 }, "randomBytes: got 5; expected a function."],
  [{ redis: url }, '"redis" is not an option here; did you mean "redisUrl"?'],
])("refuses to connect with %o", async (wrong: object, problem) => {
  await expect(connect(definition, wrong)).rejects.toThrow(
    `Invalid connection options: ${problem}`,
  );
});
