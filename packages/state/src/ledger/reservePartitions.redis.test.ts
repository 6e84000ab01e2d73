import { expect, test } from "vitest";
import { reservePartitions } from "../index.ts";
import { openTableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

test.each([
  { limit: 0, queued: [], wanted: [0], marks: ["full"], left: [] },
  { limit: 1, queued: [], wanted: [0], marks: ["reserved"], left: [0] },
  { limit: 1, queued: [], wanted: [0, 1], marks: ["reserved", "full"], left: [0] },
  { limit: 2, queued: [5], wanted: [0, 1, 2], marks: ["reserved", "full", "full"], left: [0, 5] },
  { limit: 1, queued: [5], wanted: [0], marks: ["full"], left: [5] },
  { limit: 1, queued: [4, 5], wanted: [0], marks: ["full"], left: [4, 5] },
  { limit: 3, queued: [5], wanted: [5, 0], marks: ["queued", "reserved"], left: [0, 5] },
  { limit: 3, queued: [], wanted: [7, 0], marks: ["settled", "reserved"], left: [0] },
  { limit: 0, queued: [], wanted: [7, 0], marks: ["settled", "full"], left: [] },
])(
  "reserve_partitions: a window of $limit with $queued queued answers $wanted with $marks",
  async (row) => {
    const settled = { settled: [7] };
    const scene = await openTableScene(store, {
      ledgers: { bf_A: { queued: row.queued, ...settled } },
    });
    const answer = await reservePartitions(store, scene.registered.asset.name, "bf_A", row.limit, [
      { lane: "", ordinals: row.wanted },
    ]);
    expect(answer).toEqual({
      kind: "reserved",
      queued: row.left.length,
      settled: 1,
      busyMs: 0,
      marks: row.wanted.map((ordinal, index) => ({ lane: "", ordinal, mark: row.marks[index] })),
    });
    expect(await scene.readState()).toEqual({
      ledgers: {
        bf_A: {
          ...(row.left.length === 0 ? {} : { queued: row.left }),
          ...settled,
          counts: `${row.left.length} queued, 0 in progress, 1 succeeded, 0 failed`,
        },
      },
      told: [],
    });
  },
);

test.each(["paused", "stopping", "canceling"])(
  "reserve_partitions: admits nothing while the ledger's control is %s",
  async (control) => {
    const scene = await openTableScene(store, { ledgers: { bf_A: { control } } });
    const known = await scene.readState();
    const name = scene.registered.asset.name;
    const pages = [{ lane: "", ordinals: [0] }];
    expect(await reservePartitions(store, name, "bf_A", 5, pages)).toEqual({
      kind: "stopped",
      control,
    });
    expect(await scene.readState()).toEqual(known);
  },
);
