import { expect, test } from "vitest";
import { claimPartitions } from "../index.ts";
import { openTableScene, type StateRow } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

interface ClaimRow {
  readonly title: string;
  /** Session s2's lease is valid; session s3's is over. */
  readonly before: StateRow;
  /** Ordinals that session s1 claims for bf_A, under claims 7, 8 and so on. */
  readonly ordinals: readonly number[];
  /** "claimed <attempt> <deaths> <lapsed session>", or the kind. */
  readonly replies: readonly string[];
  readonly after: StateRow;
}

const open = (queued: readonly number[], inProgress: number) => ({
  ...(queued.length === 0 ? {} : { queued }),
  counts: `${queued.length} queued, ${inProgress} in progress, 0 succeeded, 0 failed`,
});

const rows: readonly ClaimRow[] = [
  {
    title: "claims what is in the window, and nothing else",
    before: { ledgers: { bf_A: open([0, 2], 0) } },
    ordinals: [0, 1, 2],
    replies: ["claimed 1 0 -", "gone", "claimed 1 0 -"],
    after: {
      claims: { 0: "R s1 7 1 0 now bf_A", 2: "R s1 9 1 0 now bf_A" },
      inProgress: [0, 2],
      ledgers: { bf_A: open([0, 2], 2) },
    },
  },
  {
    title: "gives the second of two claims on one partition nothing",
    before: { ledgers: { bf_A: open([0], 0) } },
    ordinals: [0, 0],
    replies: ["claimed 1 0 -", "held"],
    after: {
      claims: { 0: "R s1 7 1 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 1) },
    },
  },
  {
    title: "answers the same again under the same claim",
    before: {
      claims: { 0: "R s1 7 3 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 1) },
    },
    ordinals: [0],
    replies: ["claimed 3 0 -"],
    after: {
      claims: { 0: "R s1 7 3 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 1) },
    },
  },
  {
    title: "holds what the same session runs under another claim",
    before: {
      claims: { 0: "R s1 6 1 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 1) },
    },
    ordinals: [0],
    replies: ["held"],
    after: {
      claims: { 0: "R s1 6 1 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 1) },
    },
  },
  {
    title: "holds what another session runs for the same backfill",
    before: {
      claims: { 0: "R s2 1 1 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 1) },
    },
    ordinals: [0],
    replies: ["held"],
    after: {
      claims: { 0: "R s2 1 1 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 1) },
    },
  },
  {
    title: "waits for another backfill's execution",
    before: {
      claims: { 0: "R s2 1 1 0 now bf_B" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 0), bf_B: open([0], 1) },
    },
    ordinals: [0],
    replies: ["held"],
    after: {
      claims: { 0: "R s2 1 1 0 now bf_B" },
      waiters: { 0: "bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 0), bf_B: open([0], 1) },
    },
  },
  {
    title: "takes a lapsed claim over, with one death, as a suspect that has not started",
    before: {
      claims: { 0: "R s3 1 2 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 1) },
    },
    ordinals: [0],
    replies: ["claimed 3 1 s3"],
    after: {
      claims: { 0: "R s1 7 3 1 0 bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 1) },
    },
  },
  {
    title: "counts from one after another backfill's attempts",
    before: { claims: { 0: "W s2 1 4 0 now bf_B" }, ledgers: { bf_A: open([0], 0) } },
    ordinals: [0],
    replies: ["claimed 1 0 -"],
    after: {
      claims: { 0: "R s1 7 1 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 1) },
    },
  },
  {
    title: "counts on after an attempt of its own",
    before: { claims: { 0: "W s2 1 4 0.1.2 now bf_A" }, ledgers: { bf_A: open([0], 0) } },
    ordinals: [0],
    replies: ["claimed 5 0 -"],
    after: {
      claims: { 0: "R s1 7 5 0.1.2 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: open([0], 1) },
    },
  },
  {
    title: "takes the partitions of a paused backfill out of its window, each once",
    before: { ledgers: { bf_A: { control: "paused", ...open([0, 1, 2], 0) } } },
    ordinals: [0, 1, 0],
    replies: ["stopped", "stopped", "gone"],
    after: { ledgers: { bf_A: { control: "paused", ...open([2], 0) } } },
  },
  {
    title: "leaves what runs of a paused backfill in its window",
    before: {
      claims: { 0: "R s2 1 1 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: { control: "paused", ...open([0], 1) } },
    },
    ordinals: [0],
    replies: ["held"],
    after: {
      claims: { 0: "R s2 1 1 0 now bf_A" },
      inProgress: [0],
      ledgers: { bf_A: { control: "paused", ...open([0], 1) } },
    },
  },
];

test.each(rows)("claim_partitions: $title", async ({ before, ordinals, replies, after }) => {
  const scene = await openTableScene(store, before);
  const sessions = store.keys.sessions(scene.registered.asset.name);
  await store.redis.zadd(sessions, 8e15, "s2");
  await store.redis.zadd(sessions, 1, "s3");
  const requests = ordinals.map((ordinal, index) => ({
    ...{ backfillId: "bf_A", lane: "", ordinal, claimNumber: 7 + index },
  }));
  const answers = await claimPartitions(store, scene.registered, "s1", 60_000, requests);
  const words = answers.map((answer) =>
    answer.kind === "claimed"
      ? `claimed ${answer.attempt} ${answer.deaths} ${answer.lapsedSession ?? "-"}`
      : answer.kind,
  );
  expect(words).toEqual(replies);
  expect(await scene.readState()).toEqual({ ...after, told: [] });
});

test("claim_partitions: a worker that knows the asset under another epoch gets no claim", async () => {
  const scene = await openTableScene(store, { ledgers: { bf_A: open([0], 0) } });
  const outdated = { ...scene.registered, epoch: "another" };
  const request = { backfillId: "bf_A", lane: "", ordinal: 0, claimNumber: 7 };
  expect(await claimPartitions(store, outdated, "s1", 60_000, [request])).toEqual([
    { kind: "unregistered" },
  ]);
  expect(await scene.readState()).toEqual({ ledgers: { bf_A: open([0], 0) }, told: [] });
});
