import { asset, type Project, project, versionsOf } from "@infill/core";
import { integerRange, staticPartitions } from "@infill/partitions";
import {
  openStateStore,
  readBackfill,
  readLedgerCounters,
  registerProject,
  registerVersions,
  setBackfillStatus,
  settleUnstarted,
  type StateStore,
  writeWorker,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { changeRunningBackfill } from "../changes/changeRunningBackfill.ts";
import { connect } from "../connect.ts";
import type { InfillClient } from "../infillClient.ts";
import { retryBackfill } from "../retry/retryBackfill.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
let namespace = "";
let next = 1;
let store: StateStore;
/** Clients of an older and of a newer project, and what they call the version of their asset. */
let older: InfillClient;
let newer: InfillClient;
let versionOf: ReadonlyMap<InfillClient, string | undefined>;

function projectOf(codeVersion: string): Project {
  const partitions = staticPartitions(["a", "b", "c"]);
  const sales = asset({ name: "sales", partitions, codeVersion, materialize() {} });
  return project({ namespace, assets: [sales] });
}

beforeEach(async () => {
  namespace = `${prefix}-${next++}`;
  store = await openStateStore(url, namespace, "test");
  older = await connect(projectOf("1"), { redisUrl: url });
  newer = await connect(projectOf("2"), { redisUrl: url });
  const version = (of: string) => versionsOf(projectOf(of)).assets.get("sales");
  versionOf = new Map([
    [older, version("1")],
    [newer, version("2")],
  ]);
  // The newer client has never written anything, so that only its call can make it known.
  await registerVersions(store, versionsOf(projectOf("1")), "run");
});
afterEach(async () => {
  await older.close();
  await newer.close();
  await store.close();
});
afterAll(() => cleanPrefix(url, prefix));

/** A backfill of "a" and "b", of which "a" has failed. */
async function createdBy(client: InfillClient): Promise<string> {
  const { id = "" } = await client.backfills.create({ assets: "sales", partitions: "a, b" });
  const page = { lane: "", ordinals: integerRange(0, 1) };
  await settleUnstarted(store, "sales", id, page, { outcome: "failed", reason: "PARTITION_GONE" });
  return id;
}

const actions: readonly (readonly [
  name: string,
  act: (client: InfillClient, id: string) => Promise<unknown>,
])[] = [
  ["a retry", (client, id) => client.backfills.retry(id)],
  [
    "a retry of an ended backfill",
    async (client, id) => {
      await setBackfillStatus(store, id, { to: "failed", from: ["running"] });
      await client.backfills.retry(id);
    },
  ],
  ["an addition", (client, id) => client.backfills.change(id, { add: "c" })],
  [
    "a resume",
    async (client, id) => {
      await older.backfills.pause(id, { reason: "" });
      await client.backfills.resume(id);
    },
  ],
];

test.each(actions)(
  "%s by a newer project raises the version, and the log says so",
  async (_, act) => {
    const id = await createdBy(older);
    expect((await readBackfill(store, id)).versions.get("sales")).toBe(versionOf.get(older));
    await act(newer, id);
    expect((await readBackfill(store, id)).versions.get("sales")).toBe(versionOf.get(newer));
    const { items } = await newer.backfills.listEvents(id);
    expect(items.filter(({ what }) => what === "versions_raised")).toHaveLength(1);
  },
);

test.each(actions)("%s by an older project leaves the version", async (_, act) => {
  const id = await createdBy(newer);
  await act(older, id);
  expect((await readBackfill(store, id)).versions.get("sales")).toBe(versionOf.get(newer));
});

test.each<[string, (id: string) => Promise<unknown>]>([
  ["other settings", (id) => newer.backfills.change(id, { window: 7, drop: "b" })],
  ["a dry run", (id) => newer.backfills.change(id, { add: "c" }, { dryRun: true })],
  ["an addition of nothing", (id) => newer.backfills.change(id, { add: "b" })],
  ["a preview of a retry", (id) => newer.backfills.previewRetry(id)],
  ["a retry of nothing", (id) => newer.backfills.retry(id, { only: "skipped" })],
  ["a resume of a running backfill", (id) => newer.backfills.resume(id)],
  ["a pause", (id) => newer.backfills.pause(id, { reason: "" })],
  ["a cancel", (id) => newer.backfills.cancel(id)],
  ["a mark by hand", () => newer.partitions.mark("sales", { partitions: "c" })],
  ["a wipe by hand", () => newer.partitions.wipe("sales", { partitions: "c" })],
])("%s by a newer project starts nothing, so that the version stays", async (_, act) => {
  const id = await createdBy(older);
  await act(id);
  expect((await readBackfill(store, id)).versions.get("sales")).toBe(versionOf.get(older));
});

test("the version is raised before a partition can run again, or is added", async () => {
  const id = await createdBy(older);
  const { graph } = projectOf("1");
  const registered = await registerProject(store, projectOf("1"));
  const seen: unknown[] = [];
  const raiseVersions = async () => {
    const { failed, selected } = (await readLedgerCounters(store, "sales", id)) ?? {};
    seen.push({ failed, selected });
  };
  const environment = { store, graph, registered, raiseVersions };
  await changeRunningBackfill(environment, id, { add: "c" }, {});
  await retryBackfill(environment, id, {});
  expect(seen).toEqual([
    { failed: 1, selected: 2 },
    { failed: 1, selected: 3 },
  ]);
});

test("workers that the raised version leaves behind are counted", async () => {
  const id = await createdBy(older);
  for (const [worker, version] of [
    ["w1", "1"],
    ["w2", "1"],
    ["w3", "2"],
  ] as const) {
    const of = versionsOf(projectOf(version));
    if (version === "1") await registerVersions(store, of, "run");
    const process = { host: "here", pid: 1, version: "1", startedMs: 1, pools: { default: 2 } };
    await writeWorker(
      store,
      { ...process, id: worker, state: "running", project: of.fingerprint },
      60_000,
    );
  }
  const told = async () =>
    (await newer.backfills.get(id)).attention.flatMap(({ code, message }) =>
      code === "OLDER_WORKERS" ? [message] : [],
    );
  expect(await told()).toEqual([]);
  await newer.backfills.retry(id);
  expect(await told()).toEqual([expect.stringMatching(/^2 of 3 workers run an older project/)]);
});
