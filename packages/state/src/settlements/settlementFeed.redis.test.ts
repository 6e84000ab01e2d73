import { afterEach, expect, test } from "vitest";
import {
  type BackfillHeader,
  createBackfillRecord,
  type FeedEvent,
  SettlementFeed,
  settlePartitions,
} from "../index.ts";
import { openTableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const feeds: SettlementFeed[] = [];
afterEach(() => {
  for (const feed of feeds.splice(0)) feed.close();
});

/** A feed that follows one asset with a running partition, and others that never settle anything. */
async function following(others: number) {
  const feed = new SettlementFeed(store, "test");
  feeds.push(feed);
  const scene = await openTableScene(store, {
    claims: { 0: "R s1 7 1 0 now bf_A" },
    inProgress: [0],
    ledgers: { bf_A: { queued: [0] } },
  });
  const { name } = scene.registered.asset;
  const quiet = Array.from({ length: others }, (_, index) => `quiet${index}`);
  await feed.followBackfills();
  await feed.followAssets([name, ...quiet]);
  const settle = () =>
    settlePartitions(store, scene.registered, "s1", [
      {
        ...{ backfillId: "bf_A", lane: "", ordinal: 0, claimNumber: 7, attempt: 1 },
        ...{ outcome: "succeeded", durationMs: 5, note: undefined },
      },
    ]);
  return { feed, name, settle };
}

/** Reads until an event of this kind comes. */
async function next(feed: SettlementFeed, kind: FeedEvent["kind"]): Promise<FeedEvent> {
  for (;;) {
    const found = (await feed.read(1_000)).find((event) => event.kind === kind);
    if (found !== undefined) return found;
  }
}

const settled = (asset: string) => ({
  kind: "settlements",
  events: [{ asset, backfillId: "bf_A", lane: "", change: { kind: "succeeded", ordinals: [0] } }],
});

test.each([3, 200])(
  "a settlement is heard among %i other streams, and so is a new backfill",
  async (others) => {
    const { feed, name, settle } = await following(others);
    expect(await feed.read(1)).toEqual([]);
    await settle();
    expect(await next(feed, "settlements")).toEqual(settled(name));
    const id = `bf_${others}`;
    // The schema of the record fills in the rest of the request.
    const header: unknown = { version: 1, request: { assets: name }, assets: [name], plannedMs: 0 };
    await createBackfillRecord(store, id, header as BackfillHeader);
    expect(await next(feed, "backfill")).toEqual({
      kind: "backfill",
      backfillId: id,
      status: "running",
    });
  },
);

test("of many streams, one that was followed after the others is heard", async () => {
  const { feed } = await following(200);
  expect(await feed.read(1)).toEqual([]);
  const { name, settle } = await following(0);
  await feed.followAssets([name]);
  await settle();
  expect(await next(feed, "settlements")).toEqual(settled(name));
});

test("an entry that was announced while the connection was down is heard after it", async () => {
  const { feed, name } = await following(200);
  expect(await feed.read(1)).toEqual([]);
  const listening = async () => {
    const clients = String(await store.redis.client("LIST", "TYPE", "PUBSUB"));
    return /id=(\d+) .*name=infill:test:grown /.exec(clients)?.[1];
  };
  let id: string | undefined;
  while ((id = await listening()) === undefined) await feed.read(10);
  await store.redis.call("CLIENT", "KILL", "ID", id);
  // Nobody announces it.
  await store.redis.xadd(store.keys.settlements(name), "*", "n", "1", "s", "bf_A  s 0;");
  expect(await next(feed, "settlements")).toEqual(settled(name));
});

test("few streams are waited for again once the others are left", async () => {
  const { feed, name, settle } = await following(200);
  expect(await feed.read(1)).toEqual([]);
  for (let index = 0; index < 200; index++) feed.unfollowAsset(`quiet${index}`);
  await settle();
  expect(await next(feed, "settlements")).toEqual(settled(name));
  const channels = await store.redis.pubsub("CHANNELS", store.keys.grownChannel);
  expect(channels).toEqual([]);
});
