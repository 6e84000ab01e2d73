import { beforeAll, expect, test } from "vitest";
import {
  type BackfillHeader,
  changeBackfill,
  createBackfillRecord,
  olderThanNeeded,
  raiseBackfillVersions,
  readBackfill,
  readBackfillVersions,
  registerVersions,
} from "../index.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
let next = 1;

beforeAll(async () => {
  // "1" is older than "2", and so on.
  for (const version of ["1", "2", "3"]) {
    const assets = new Map(["days", "weeks", "other"].map((name) => [name, version]));
    await registerVersions(store, { fingerprint: `f${version}`, assets }, "plan");
  }
});

type Versions = Readonly<Record<string, string>>;

/** A backfill of `days` and `weeks`, planned with these versions. */
async function backfillOf(planned: Versions | undefined, raised?: Versions): Promise<string> {
  const id = `bf_${String(next++).padStart(26, "0")}`;
  const header: unknown = {
    version: 1,
    request: { assets: "days,weeks" },
    assets: ["days", "weeks"],
    plannedMs: 0,
    ...(planned === undefined ? {} : { project: { fingerprint: "f", assets: planned } }),
  };
  // The schema of the record fills in the rest of the request.
  await createBackfillRecord(store, id, header as BackfillHeader);
  if (raised !== undefined)
    await store.redis.hset(store.keys.backfill(id), "versions", textOf(raised));
  return id;
}

const textOf = (assets: Versions) => JSON.stringify({ version: 1, assets });

/** What a change of the versions writes. */
async function look(id: string) {
  const { keys, redis } = store;
  const field = await redis.hget(keys.backfill(id), "versions");
  return {
    raised: field === null ? undefined : JSON.parse(field).assets,
    log: (await redis.lrange(keys.backfillLog(id), 1, -1)).map((text) => JSON.parse(text)),
    events: await eventsOf(id),
  };
}

async function eventsOf(id: string): Promise<(string | undefined)[]> {
  const events = await store.redis.xrange(store.keys.backfillEvents, "-", "+");
  return events.flatMap(([, fields]) => (fields[1] === id ? [fields[3]] : [])).slice(1);
}

const by = { actor: "ann", reason: "fixed" };
const entry = (assets: number) => ({ what: "versions_raised", ...by, details: { assets } });

interface Row {
  readonly what: string;
  readonly planned: Versions | undefined;
  readonly raised?: Versions;
  readonly own: Versions;
  /** The field after a change; undefined if nothing is written. */
  readonly after: Versions | undefined;
  /** How many assets the log names. */
  readonly logged?: number;
}

const rows: readonly Row[] = [
  {
    what: "a newer project raises all versions",
    planned: { days: "1", weeks: "1" },
    own: { days: "2", weeks: "2" },
    after: { days: "2", weeks: "2" },
    logged: 2,
  },
  {
    what: "the same project changes nothing",
    planned: { days: "2", weeks: "2" },
    own: { days: "2", weeks: "2" },
    after: undefined,
  },
  {
    what: "an older project changes nothing",
    planned: { days: "2", weeks: "2" },
    own: { days: "1", weeks: "1" },
    after: undefined,
  },
  {
    what: "each asset gets the newer of two versions",
    planned: { days: "1", weeks: "3" },
    own: { days: "2", weeks: "2" },
    after: { days: "2", weeks: "3" },
    logged: 1,
  },
  {
    what: "an asset that the project lacks keeps its version",
    planned: { days: "1", weeks: "1" },
    own: { days: "2" },
    after: { days: "2", weeks: "1" },
    logged: 1,
  },
  {
    what: "an asset that the backfill lacks is left out",
    planned: { days: "1", weeks: "1" },
    own: { other: "3" },
    after: undefined,
  },
  {
    what: "an unknown version of the plan is older than any",
    planned: undefined,
    own: { days: "1", weeks: "1" },
    after: { days: "1", weeks: "1" },
    logged: 2,
  },
  {
    what: "a version of the plan that has lost its registration is older than any",
    planned: { days: "lost", weeks: "lost" },
    own: { days: "1", weeks: "1" },
    after: { days: "1", weeks: "1" },
    logged: 2,
  },
  {
    what: "raised versions are raised again",
    planned: { days: "1", weeks: "1" },
    raised: { days: "2", weeks: "2" },
    own: { days: "3", weeks: "3" },
    after: { days: "3", weeks: "3" },
    logged: 2,
  },
  {
    what: "raised versions are not lowered by a project between the two",
    planned: { days: "1", weeks: "1" },
    raised: { days: "3", weeks: "3" },
    own: { days: "2", weeks: "2" },
    after: undefined,
  },
];

test.each(rows.map((row) => [row.what, row] as const))("%s", async (_, row) => {
  const id = await backfillOf(row.planned, row.raised);
  const own = new Map(Object.entries(row.own));
  await raiseBackfillVersions(store, id, own, by);
  const after = await look(id);
  const isRaised = row.after !== undefined;
  expect(after).toEqual({
    raised: row.after ?? row.raised,
    log: isRaised ? [expect.objectContaining(entry(row.logged ?? 0))] : [],
    events: isRaised ? ["changed"] : [],
  });
  const stands = new Map(Object.entries(row.after ?? row.raised ?? row.planned ?? {}));
  expect((await readBackfill(store, id)).versions).toEqual(stands);
  expect(await readBackfillVersions(store, id)).toEqual(stands);
  // A second equal call changes nothing.
  await raiseBackfillVersions(store, id, own, by);
  expect(await look(id)).toEqual(after);
});

test("of projects that raise the versions at once, the newest wins", async () => {
  for (let round = 0; round < 20; round++) {
    const id = await backfillOf({ days: "1", weeks: "1" });
    const raise = (version: string) =>
      raiseBackfillVersions(store, id, new Map([["days", version]]), by);
    await Promise.all(round % 2 === 0 ? [raise("2"), raise("3")] : [raise("3"), raise("2")]);
    expect((await readBackfillVersions(store, id)).get("days")).toBe("3");
  }
});

test("a change that another one has overtaken is computed again", async () => {
  const id = await backfillOf({ days: "1" });
  const seen: (string | undefined)[] = [];
  await changeBackfill(store, id, async ({ versions }) => {
    seen.push(versions.get("days"));
    if (seen.length === 1)
      await store.redis.hset(store.keys.backfill(id), "versions", textOf({ days: "2" }));
    return { versions: new Map([["days", "3"]]), log: entry(1) };
  });
  expect(seen).toEqual(["1", "2"]);
  expect(await look(id)).toMatchObject({ raised: { days: "3" }, log: [entry(1)] });
});

test("a change that was written already, because its answer was lost, is not logged again", async () => {
  const id = await backfillOf({ days: "1" });
  const { changed } = await changeBackfill(store, id, async () => {
    await store.redis.hset(store.keys.backfill(id), "versions", textOf({ days: "2" }));
    return { versions: new Map([["days", "2"]]), log: entry(1) };
  });
  expect(changed).toBe(true);
  expect(await look(id)).toEqual({ raised: { days: "2" }, log: [], events: [] });
});

test("a backfill that is gone, or goes meanwhile, is not written", async () => {
  const own = new Map([["days", "2"]]);
  const unknown = { code: "INFILL_BACKFILL_UNKNOWN" };
  const gone = `bf_${"9".repeat(26)}`;
  await expect(raiseBackfillVersions(store, gone, own, by)).rejects.toMatchObject(unknown);
  const id = await backfillOf({ days: "1" });
  const changing = changeBackfill(store, id, async () => {
    await store.redis.del(store.keys.backfill(id));
    return { versions: own };
  });
  await expect(changing).rejects.toMatchObject(unknown);
  expect(await store.redis.exists(store.keys.backfill(gone), store.keys.backfill(id))).toBe(0);
});

test("unreadable raised versions make the backfill unreadable, and workers use those of the plan", async () => {
  for (const text of [
    "{",
    "[]",
    '{"version":2,"assets":{}}',
    '{"version":1,"assets":{"days":2}}',
  ]) {
    const id = await backfillOf({ days: "1" });
    await store.redis.hset(store.keys.backfill(id), "versions", text);
    const unreadable = { code: "INFILL_BACKFILL_UNREADABLE", field: "versions" };
    await expect(readBackfill(store, id)).rejects.toMatchObject(unreadable);
    const raising = raiseBackfillVersions(store, id, new Map([["days", "2"]]), by);
    await expect(raising).rejects.toMatchObject(unreadable);
    expect(await readBackfillVersions(store, id)).toEqual(new Map([["days", "1"]]));
  }
});

test("needed versions that have lost their registration make no project older", async () => {
  const needed = new Map(Object.entries({ days: "lost", weeks: "3" }));
  const older = (own: Versions) => olderThanNeeded(store, new Map(Object.entries(own)), needed);
  expect(await older({ days: "1", weeks: "3" })).toEqual([]);
  expect(await older({ days: "1", weeks: "2" })).toEqual(["weeks"]);
  expect(await older({ weeks: "3" })).toEqual(["days"]);
});

test("the old name of a renamed asset is left out", async () => {
  const id = await backfillOf({ days: "1" }, { days: "2", former: "2" });
  expect((await readBackfill(store, id)).versions).toEqual(new Map([["days", "2"]]));
});
