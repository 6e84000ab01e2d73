import { asset, type BackfillRequest, dep, project, versionsOf } from "@infill/core";
import {
  daily,
  dynamicPartitions,
  multi,
  requirePartition,
  staticPartitions,
  timeWindowMapping,
  weekly,
} from "@infill/partitions";
import {
  claimPartitions,
  leaseBackfill,
  type Release,
  registerVersions,
  releasePartitions,
  removePlanner,
  removeWorker,
  settlePartitions,
  takePermits,
  writePlanner,
  writeWorker,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { Worker } from "bullmq";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunScene, type RunScene } from "./runScene.testing.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const materialize = () => {};
const nowMs = Date.UTC(2024, 0, 20, 12);
const days = daily({ start: "2024-01-01", end: "2024-02-01" });
const raw = asset({ name: "raw", partitions: days, materialize });
const clean = asset({ name: "clean", partitions: days, deps: [raw], materialize });
const report = asset({ name: "report", partitions: days, deps: [clean], materialize });
const capped = asset({ name: "capped", partitions: days, concurrency: 1, materialize });
const regional = asset({
  name: "regional",
  partitions: multi({ date: days, region: dynamicPartitions({ name: "regions" }) }),
  materialize,
});
const workdays = daily({
  start: "2024-01-01",
  end: "2024-02-01",
  exclusions: [{ cron: "0 0 * * 6" }, { at: "2024-01-26" }],
});
const quiet = asset({ name: "quiet", partitions: workdays, materialize });
const quietly = asset({
  name: "quietly",
  partitions: multi({ date: workdays, shop: staticPartitions(["a;b", "c d"]) }),
  materialize,
});
const early = asset({
  name: "early",
  partitions: daily({ start: "2024-01-01", endOffset: -1 }),
  materialize,
});
const weeks = asset({
  name: "weeks",
  partitions: weekly({ start: "2024-01-07" }),
  deps: [raw],
  materialize,
});
const balance = asset({
  name: "balance",
  partitions: days,
  deps: [raw, dep("balance", { mapping: timeWindowMapping({ startOffset: -1, endOffset: -1 }) })],
  materialize,
});
const odd = asset({ name: "odd", partitions: staticPartitions(["x;y", "it's", "z"]), materialize });
const total = asset({ name: "total", deps: [odd], materialize });
const all = [
  raw,
  clean,
  report,
  capped,
  regional,
  quiet,
  quietly,
  early,
  weeks,
  balance,
  odd,
  total,
];
const definition = project({ namespace: prefix, assets: all });
let scene: RunScene;
let claimNumber = 1;

beforeAll(async () => {
  scene = await openRunScene(url, definition, nowMs);
  await scene.client.dynamic.add("regions", ["us", "eu"]);
  await scene.client.dynamic.remove("regions", ["eu"]);
});
afterAll(async () => {
  await scene.close();
  await cleanPrefix(url, prefix);
});

async function claimed(backfillId: string, name: string, key: string, session = "worker_a") {
  const known = scene.asset(name);
  const coordinates = requirePartition(known.asset.partitions, key, { nowMs });
  const address = known.ordinals.addressOf(coordinates);
  const place = { backfillId, ...address, claimNumber: claimNumber++ };
  const [answer] = await claimPartitions(scene.store, known, session, 60_000, [
    { ...place, permit: "held" },
  ]);
  if (answer?.kind !== "claimed") throw new Error(`not claimed: ${answer?.kind}`);
  return { ...place, attempt: answer.attempt };
}

async function fail(backfillId: string, name: string, key: string) {
  const { attempt, ...place } = await claimed(backfillId, name, key);
  const note = JSON.stringify({ name: "HttpError", message: "503\nfrom the source" });
  const facts = { outcome: "failed", durationMs: 1, note, attempt } as const;
  await settlePartitions(scene.store, scene.asset(name), "worker_a", [{ ...place, ...facts }]);
}

const why = (name: string, key: string) => scene.client.partitions.explain(name, key);
const kinds = async (name: string, key: string) =>
  (await why(name, key)).reasons.map(({ kind }) => kind);

test.each([
  ["raw", "2024-01-25", "It is in the future: its time window ends at 2024-01-26T00:00:00Z (UTC)"],
  ["raw", "2023-12-31", "It is before the definition's start."],
  ["raw", "2024-02-01", "It is after the definition's end."],
  ["raw", "nonsense", 'Unknown partition key "nonsense"'],
  ["regional", "2024-01-02|eu", 'The key "eu" of dimension "region" was removed from "regions"'],
  ["quiet", "2024-01-06", '"2024-01-06" is excluded by the definition.'],
  ["quiet", "2024-01-26", '"2024-01-26" is excluded by the definition.'],
  ["quietly", "2024-01-13|c d", '"2024-01-13" of dimension "date" is excluded by the definition.'],
  ["quietly", "2023-12-29|c d", "It is before the definition's start."],
  ["quietly", "2024-02-02|c d", "It is after the definition's end."],
  ["quietly", "2024-01-02|e", 'Unknown partition key "2024-01-02|e"'],
  ["early", "2024-01-19", "its endOffset of -1 moves this by that many windows"],
  ["weeks", "2024-01-08", '"2024-01-08" is not a boundary of the definition\'s time windows.'],
  ["regional", "2024-01-25|us", "It is in the future"],
])("%s %s is no partition, and the answer gives the reason", async (name, key, text) => {
  const { status, reasons } = await why(name, key);
  expect([status, reasons.map(({ kind }) => kind)]).toEqual(["absent", ["absent"]]);
  expect(reasons[0]?.text).toContain(text);
});

test("the answer for a partition that no backfill runs has the command that runs it", async () => {
  const first = await why("raw", "2024-01-10");
  expect(first.reasons).toMatchObject([
    { kind: "not_selected", command: "infill backfill create raw --partitions 2024-01-10" },
  ]);
  const below = await why("clean", "2024-01-10");
  expect(below.reasons).toMatchObject([
    { kind: "not_selected", command: "infill backfill create +clean --partitions 2024-01-10" },
  ]);
  expect(below.upstream).toMatchObject([
    {
      asset: "raw",
      counts: { total: 1, missing: 1 },
      partitions: [{ key: "2024-01-10", status: "missing" }],
    },
  ]);
});

test("from waiting to running to skipped, each answer names the cause", async () => {
  const text = "[2024-01-01...2024-01-03]";
  const id = await scene.submit({ assets: "raw+2", partitions: text, maxPartitionsPerRun: 1 });
  expect(await kinds("raw", "2024-01-01")).toEqual(["no_planner", "no_worker", "order"]);
  await leaseBackfill(scene.store, id, "planner", 60_000);
  const worker = { id: "worker_a", host: "h", pid: 1, version: "1", startedMs: 1 };
  await writeWorker(scene.store, { ...worker, pools: { default: 4 }, state: "running" }, 60_000);
  const run = await scene.load(id);
  await run.advance();
  const second = await why("raw", "2024-01-02");
  expect(second.reasons).toMatchObject([
    { kind: "queued", text: `It has a job in ${id}; 1 job goes before it in pool "default".` },
  ]);
  expect((await why("clean", "2024-01-01")).reasons).toMatchObject([
    { kind: "upstream", partitions: [{ asset: "raw", key: "2024-01-01" }] },
  ]);

  const { attempt, ...place } = await claimed(id, "raw", "2024-01-01");
  const running = await why("raw", "2024-01-01");
  expect(running).toMatchObject({
    status: "in_progress",
    claim: { workerId: "worker_a", attempt },
  });
  expect(running.reasons.map(({ kind }) => kind)).toEqual(["running"]);
  const release: Release = { ...place, how: "give_back", ran: {} };
  await releasePartitions(scene.store, "raw", "worker_a", [release]);

  await scene.client.backfills.pause(id, { actor: "ann", reason: "lunch", forMs: 60_000 });
  const paused = (await why("raw", "2024-01-03")).reasons;
  expect(paused).toMatchObject([{ kind: "paused", command: `infill backfill resume ${id}` }]);
  expect(paused[0]?.text).toMatch(/ is paused by ann, until 20\S+Z: lunch\.$/);
  await scene.client.backfills.resume(id);
  await run.readStatus();

  await fail(id, "raw", "2024-01-01");
  await run.load();
  await run.advance();
  const failed = await why("raw", "2024-01-01");
  expect(failed.reasons).toMatchObject([
    {
      kind: "failed",
      text: `It failed in ${id}: HttpError: 503`,
      command: `infill backfill retry ${id}`,
    },
  ]);
  // Two steps downstream of the failed one.
  expect((await why("report", "2024-01-01")).reasons).toMatchObject([
    {
      kind: "skipped",
      text: `It was skipped in ${id}, because raw 2024-01-01 failed: HttpError: 503.`,
      partitions: [{ asset: "raw", key: "2024-01-01", error: "HttpError: 503" }],
    },
  ]);

  await scene.client.backfills.change(id, { drop: "2024-01-02" });
  expect((await why("clean", "2024-01-02")).reasons).toMatchObject([
    { kind: "canceled", command: `infill backfill retry ${id} --dropped` },
  ]);
  await scene.client.backfills.cancel(id);
  expect(await kinds("raw", "2024-01-03")).toEqual(["canceling"]);
  await run.readStatus();
  expect(await run.advance()).toBe(true);
  expect((await why("raw", "2024-01-03")).reasons).toMatchObject([
    { kind: "canceled", text: `${id} was canceled before it ran.` },
  ]);
});

test("a full cap is named with its scope and the holders of its permits", async () => {
  const id = await scene.submit({ assets: "capped", maxPartitionsPerRun: 1 });
  const run = await scene.load(id);
  await run.advance();
  const { lane, ordinal } = await claimed(id, "capped", "2024-01-01");
  const holder = { session: "worker_a", claimNumber: 1, asset: "capped", lane, ordinal };
  const scopes = [{ scope: "asset:capped", cap: 1 }];
  await takePermits(scene.store, [{ ...holder, backfillId: id, scopes }]);
  const { reasons } = await why("capped", "2024-01-02");
  expect(reasons.find(({ kind }) => kind === "cap")).toMatchObject({
    text: "Asset capped may have 1 in progress at once, and has 1: capped 2024-01-01 on worker_a.",
    partitions: [{ asset: "capped", key: "2024-01-01", workerId: "worker_a" }],
  });
  expect(reasons.at(-1)).toMatchObject({ kind: "order" });
});

/** The request of a command `infill backfill create …`, parsed as a shell parses it. */
function requestOf(command: string): BackfillRequest {
  const words = Array.from(command.matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g), ([word]) =>
    word.replace(/'([^']*)'|\\'/g, (_, quoted?: string) => quoted ?? "'"),
  );
  expect(words.slice(0, 3)).toEqual(["infill", "backfill", "create"]);
  const flag = (name: string) => {
    const at = words.indexOf(name);
    return at < 0 ? undefined : words[at + 1];
  };
  const [partitions, reprocess] = [flag("--partitions"), flag("--reprocess")];
  return {
    assets: words[3] ?? "",
    ...(partitions === undefined ? {} : { partitions }),
    ...(reprocess === undefined ? {} : { reprocess: reprocess as "stale" }),
  };
}

test.each([
  ["raw", "2024-01-10"],
  ["clean", "2024-01-10"],
  ["report", "2024-01-10"],
  ["weeks", "2024-01-07"],
  ["balance", "2024-01-05"],
  ["odd", "x;y"],
  ["odd", "it's"],
  ["quietly", "2024-01-08|a;b"],
  ["quietly", "2024-01-08|c d"],
  ["total", ""],
])("the command for %s %j plans that partition and everything that it reads", async (name, key) => {
  const [{ command = "" } = {}] = (await why(name, key)).reasons;
  const plan = await scene.client.backfills.preview(requestOf(command));
  expect(plan.assets.find(({ asset: each }) => each === name)?.toRun).toBe(
    name === "balance" ? 5 : 1,
  );
  expect(plan.warnings.filter((text) => text.includes("not materialized"))).toEqual([]);
});

test("the command of the answer adds a removed key again", async () => {
  const { reasons } = await why("regional", "2024-01-02|eu");
  expect(reasons[0]?.command).toBe("infill dynamic add regions eu");
});

test("other partitions wait for the canary, and a failed one for its next attempt", async () => {
  const id = await scene.submit({ assets: "quiet", canary: 1, maxPartitionsPerRun: 1 });
  await leaseBackfill(scene.store, id, "planner", 60_000);
  const run = await scene.load(id);
  await run.advance();
  const [job] = await scene.queues.jobsOf("default", id);
  if (job === undefined) throw new Error("no canary");
  const first = job.data.firstKey;
  const other = first === "2024-01-02" ? "2024-01-03" : "2024-01-02";
  expect((await why("quiet", other)).reasons).toContainEqual(
    expect.objectContaining({
      kind: "canary",
      text: `${id} runs its canary first; it runs the rest when the whole canary has succeeded.`,
    }),
  );
  expect(await kinds("quiet", first)).not.toContain("canary");

  const { attempt: _, ...place } = await claimed(id, "quiet", first);
  const release: Release = { ...place, how: "retry", ran: { error: "HttpError: 503" } };
  expect(await releasePartitions(scene.store, "quiet", "worker_a", [release])).toEqual([
    "released",
  ]);
  const connection = { url };
  const worker = new Worker("default", null, {
    connection,
    prefix: scene.store.keys.poolPrefix("default"),
    autorun: false,
  });
  const untilMs = Date.now() + 600_000;
  for (
    let taken = await worker.getNextJob("t", { block: false });
    taken !== undefined;
    taken = await worker.getNextJob("t", { block: false })
  )
    if (taken.id === job.id) {
      await taken.moveToDelayed(untilMs, "t").catch(() => undefined);
      break;
    }
  await worker.close();
  const { reasons } = await why("quiet", first);
  expect(reasons).toContainEqual(
    expect.objectContaining({
      kind: "retrying",
      text: `Attempt 1 did not succeed; the next may start at ${new Date(untilMs).toISOString()}.`,
    }),
  );
  await scene.client.backfills.cancel(id);
});

test("workers and a planner that all run an older project are named, with a remedy", async () => {
  const materializeAnew = () => {};
  const old = project({
    namespace: prefix,
    assets: [
      asset({
        name: "odd",
        codeVersion: "0",
        partitions: odd.partitions,
        materialize: materializeAnew,
      }),
    ],
  });
  for (const each of [old, definition])
    await registerVersions(scene.store, versionsOf(each), "run");
  const process = { host: "h", pid: 1, version: "1", startedMs: 1 };
  const pools = { default: 4 };
  const work = (worker: string, of: typeof old) =>
    writeWorker(
      scene.store,
      { ...process, id: worker, pools, state: "running", project: versionsOf(of).fingerprint },
      60_000,
    );
  await removeWorker(scene.store, "worker_a");
  await work("worker_old", old);
  await writePlanner(
    scene.store,
    { ...process, id: "planner_old", project: versionsOf(old).fingerprint },
    60_000,
  );
  const id = await scene.submit({ assets: "odd" });
  const reasons = async () =>
    (await why("odd", "z")).reasons.map(
      ({ kind, text, command }) => [kind, text, command] as const,
    );
  const told = await reasons();
  expect(told.slice(0, 2)).toEqual([
    [
      "no_planner",
      expect.stringMatching(/^The only planner runs an older project .* Restart it\.$/),
      "infill planner start",
    ],
    [
      "older_project",
      expect.stringMatching(/^The only worker runs an older project .* Restart it\.$/),
      "infill worker start --pool default",
    ],
  ]);
  // One that can run it is enough.
  await work("worker_new", definition);
  expect((await reasons()).map(([kind]) => kind)).toEqual(["no_planner", "order"]);
  for (const worker of ["worker_old", "worker_new"]) await removeWorker(scene.store, worker);
  await removePlanner(scene.store, "planner_old");
  await scene.client.backfills.cancel(id);
});
