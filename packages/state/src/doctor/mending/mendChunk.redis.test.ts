import { bitsText, keyTable } from "../../store/keyTable.testing.ts";
import { openTestStore } from "../../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.root("sales");

const planes = ["queued", "settled", "failed", "skipped", "canceled", "dropped"] as const;
type Plane = (typeof planes)[number];
type Bits = Readonly<Partial<Record<Plane, readonly number[]>>>;

const plane = (name: Plane) => `:ledger:bf_A:${name}::0`;
/** The keys of planes; a plane of no bits is there, with its bits cleared. */
const planeKeys = (bits: Bits): Record<string, string> =>
  Object.fromEntries(
    planes.flatMap((name) => {
      const ordinals = bits[name];
      return ordinals === undefined ? [] : [[plane(name), bitsText(...ordinals)]];
    }),
  );
const counts = (queued: number, succeeded: number, failed = 0, skipped = 0, canceled = 0) => ({
  ":ledger:bf_A": Object.fromEntries(
    Object.entries({ queued, succeeded, failed, skipped, canceled }).map(([name, count]) => [
      name,
      `${count}`,
    ]),
  ),
});
const mend = {
  keys: [":ledger:bf_A", ":ledger:bf_A:scratch", ...planes.map(plane)],
  args: [Buffer.from(bitsText(0, 1, 2, 3, 4, 5), "latin1")],
};
const sound: Bits = {
  ...{ queued: [0], settled: [1, 2, 3, 4], failed: [2], skipped: [3], canceled: [4] },
  dropped: [4],
};

keyTable(store, root, "mend_chunk", [
  {
    title: "leaves a consistent chunk",
    before: { ...counts(1, 1, 1, 1, 1), ...planeKeys(sound) },
    ...mend,
    reply: ["mended", 0],
  },
  {
    title: "leaves counters that disagree with consistent bits: they are not of this chunk alone",
    before: { ...counts(7, 7, 7, 7, 7), ...planeKeys(sound) },
    ...mend,
    reply: ["mended", 0],
  },
  {
    title: "leaves a chunk without planes",
    before: counts(0, 0),
    ...mend,
    reply: ["mended", 0],
  },
  {
    title: "clears the bits of partitions that are not selected",
    before: {
      ...counts(2, 2, 2, 2, 2),
      ...planeKeys({
        ...{ queued: [0, 6], settled: [1, 2, 3, 4, 7], failed: [2, 7] },
        ...{ skipped: [3, 7], canceled: [4, 7], dropped: [4, 7] },
      }),
    },
    ...mend,
    // Six bits: one queued, settled, failed, skipped, canceled and dropped.
    reply: ["mended", 6],
    changes: {
      // The settled bit of 7 counted as one success less: it had three outcomes.
      ...counts(1, 4, 1, 1, 1),
      ...planeKeys(sound),
    },
    again: ["mended", 0],
  },
  {
    title: "keeps of two outcomes failed before skipped, and skipped before canceled",
    before: {
      ...counts(0, 0, 2, 2, 2),
      ...planeKeys({ settled: [0, 1, 2], failed: [0], skipped: [0, 1], canceled: [0, 1, 2] }),
    },
    ...mend,
    reply: ["mended", 3],
    changes: {
      ...counts(0, 3, 2, 1, 0),
      ...planeKeys({ skipped: [1], canceled: [2] }),
    },
    again: ["mended", 0],
  },
  {
    title: "settles what has an outcome",
    before: {
      ...counts(0, 5, 1, 1, 1),
      ...planeKeys({ settled: [0], failed: [1], skipped: [2], canceled: [3] }),
    },
    ...mend,
    reply: ["mended", 3],
    changes: { ...counts(0, 8, 1, 1, 1), ...planeKeys({ settled: [0, 1, 2, 3] }) },
    again: ["mended", 0],
  },
  {
    title: "takes what is settled out of the window",
    before: { ...counts(3, 2), ...planeKeys({ queued: [0, 1, 2], settled: [1, 2] }) },
    ...mend,
    reply: ["mended", 2],
    changes: { ...counts(1, 2), ...planeKeys({ queued: [0] }) },
    again: ["mended", 0],
  },
  {
    title: "clears the dropped bit of what is not canceled, and counts none",
    before: {
      ...counts(0, 1, 0, 0, 1),
      ...planeKeys({ settled: [0, 1], canceled: [0], dropped: [0, 1] }),
    },
    ...mend,
    reply: ["mended", 1],
    changes: planeKeys({ dropped: [0] }),
    again: ["mended", 0],
  },
  {
    title: "deletes a dropped plane that has no bit left",
    before: { ...counts(0, 1), ...planeKeys({ settled: [0], dropped: [0] }) },
    ...mend,
    reply: ["mended", 1],
    changes: { [plane("dropped")]: undefined },
    again: ["mended", 0],
  },
  {
    title: "leaves an unreadable counter to the count",
    before: {
      ":ledger:bf_A": { queued: "{", succeeded: "2" },
      ...planeKeys({ queued: [0, 1], settled: [0] }),
    },
    ...mend,
    reply: ["mended", 1],
    changes: planeKeys({ queued: [1] }),
  },
  {
    title: "refuses a sealed ledger",
    before: { ":ledger:bf_A": { sealed: "outcomes" }, ...planeKeys({ queued: [7] }) },
    ...mend,
    reply: ["sealed"],
  },
]);
