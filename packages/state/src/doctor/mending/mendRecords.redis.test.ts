import { bitsText, keyTable, type StoredKeys } from "../../store/keyTable.testing.ts";
import { openTestStore } from "../../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.root("sales");

const bytesOf = (length: number) => "\0".repeat(length);
/** A record as `lua/settle_partitions.lua` describes it, of backfill 7. */
const record = (how: "succeeded" | "failed") =>
  `\0\0\0\0\0\x01${bytesOf(4)}\0\0\x07${bytesOf(2)}${how === "failed" ? "\x81" : "\x01"}${bytesOf(3)}`;
/** A page with these records, of a full length. */
const page = (...records: readonly string[]) =>
  records.join("") + bytesOf(128 * 19 - records.length * 19);
const [done, failed, none] = [record("succeeded"), record("failed"), bytesOf(19)];

const call = {
  keys: [
    ...[":records::0", ":plane::materialized:0", ":plane::failed:0"],
    ...[":claims", ":backfills"],
  ],
  args: [root, "", 0],
};
const [materialized, failures] = [":plane::materialized:0", ":plane::failed:0"];
const [settled, queued] = [":ledger:bf_A:settled::0", ":ledger:bf_A:queued::0"];
const ledger = (succeeded: number, of = 0) => ({
  ":backfills": { "7": "bf_A" },
  ":ledger:bf_A": { succeeded: `${succeeded}`, queued: `${of}` },
});
const sound: StoredKeys = {
  ...ledger(1),
  ":records::0": page(done, failed),
  [materialized]: bitsText(0),
  [failures]: bitsText(1),
  [settled]: bitsText(0),
};

keyTable(store, root, "mend_records", [
  {
    title: "leaves planes that agree with the records",
    before: sound,
    ...call,
    reply: ["mended", 0],
  },
  { title: "there are no records", before: ledger(0), ...call, reply: ["mended", 0] },
  {
    title: "restores the bits of a success and of a failure",
    before: { ":records::0": page(none, done, failed) },
    ...call,
    reply: ["mended", 2],
    changes: { [materialized]: bitsText(1), [failures]: bitsText(2) },
    again: ["mended", 0],
  },
  {
    title: "a success is not failed",
    before: { ":records::0": page(done), [materialized]: bitsText(0), [failures]: bitsText(0) },
    ...call,
    reply: ["mended", 1],
    changes: { [failures]: bitsText() },
    again: ["mended", 0],
  },
  {
    title: "a failure keeps the bit of an earlier success",
    before: { ":records::0": page(failed), [materialized]: bitsText(0), [failures]: bitsText(0) },
    ...call,
    reply: ["mended", 0],
  },
  {
    title: "settles a success in its ledger, and takes it out of the window",
    before: {
      ...sound,
      ...ledger(0, 2),
      [settled]: bitsText(),
      [queued]: bitsText(0, 1),
    },
    ...call,
    reply: ["mended", 1],
    changes: { ...ledger(1, 1), [settled]: bitsText(0), [queued]: bitsText(1) },
    again: ["mended", 0],
  },
  {
    title: "settles a success that nobody had queued",
    before: { ...sound, ...ledger(4, 5), [settled]: bitsText(3) },
    ...call,
    reply: ["mended", 1],
    changes: { ...ledger(5, 5), [settled]: bitsText(0, 3) },
  },
  {
    title: "leaves a success that its backfill runs again",
    before: {
      ...sound,
      ...ledger(0, 1),
      [settled]: bitsText(),
      ":claims": { ":0": "R s1 1 1 0 5 bf_A" },
    },
    ...call,
    reply: ["mended", 0],
  },
  ...["R s1 1 1 0 5 bf_B", "L s1 1 1 0 5 bf_A"].map((claim) => ({
    title: `settles a success beside the claim "${claim}"`,
    before: { ...sound, ...ledger(0), [settled]: bitsText(), ":claims": { ":0": claim } },
    ...call,
    reply: ["mended", 1],
    changes: { ...ledger(1), [settled]: bitsText(0) },
  })),
  {
    title: "leaves a sealed ledger, where all has settled",
    before: {
      ":backfills": { "7": "bf_A" },
      ":ledger:bf_A": { sealed: "outcomes" },
      ":records::0": page(done),
      [materialized]: bitsText(0),
    },
    ...call,
    reply: ["mended", 0],
  },
  ...[{ "8": "bf_A" }, { "7": "bf_gone" }].map((numbers) => ({
    title: `a record of a backfill without a ledger, with the numbers ${JSON.stringify(numbers)}`,
    before: {
      ":backfills": numbers,
      ":ledger:bf_A": { succeeded: "0" },
      ":records::0": page(done),
    },
    ...call,
    reply: ["mended", 1],
    changes: { [materialized]: bitsText(0) },
  })),
  {
    title: "extends a page to 128 records, and reads what it holds",
    before: { ":records::0": none + done },
    ...call,
    reply: ["mended", 2],
    changes: { ":records::0": page(none, done), [materialized]: bitsText(1) },
    again: ["mended", 0],
  },
  {
    title: "extends a page with earlier successes to 256 records",
    before: { ":records::0": page(failed) + done, [failures]: bitsText(0) },
    ...call,
    reply: ["mended", 1],
    changes: { ":records::0": page(failed) + page(done) },
    again: ["mended", 0],
  },
  {
    title: "cuts a page that is longer than any",
    before: { ":records::0": `${page(failed)}${page(done)}x`, [failures]: bitsText(0) },
    ...call,
    reply: ["mended", 1],
    changes: { ":records::0": page(failed) + page(done) },
    again: ["mended", 0],
  },
  {
    title: "a page of another lane, below 0, at the end of its chunk",
    before: {
      ...ledger(0),
      ":records:2.1:-1": bytesOf(127 * 19) + done,
      ":claims": { "2.1:-1": "R s1 1 1 0 5 bf_A" },
    },
    keys: [
      ...[":records:2.1:-1", ":plane:2.1:materialized:-1", ":plane:2.1:failed:-1"],
      ...[":claims", ":backfills"],
    ],
    args: [root, "2.1", -1],
    reply: ["mended", 1],
    changes: { ":plane:2.1:materialized:-1": bytesOf(4_095) + bitsText(7) },
    again: ["mended", 0],
  },
]);
