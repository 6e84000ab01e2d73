import { keyTable } from "../store/keyTable.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.root("sales");

const open = (count: number | "", first: number, ...rows: readonly string[]) => ({
  keys: [
    ...[":meta", ":backfills", ":ledger:bf_A"],
    ...[":ledger:bf_A:selected", ":ledger:bf_A:staged:s1"],
  ],
  args: ["e1", "bf_A", count, "rerun", first, ...rows],
});
const meta = { epoch: "e1", fingerprint: "f" };
const opened = (number: number, selected: number) => ({
  ...{ number: `${number}`, control: "running", overlap: "rerun", selected: `${selected}` },
  ...{ queued: "0", in_progress: "0", succeeded: "0", failed: "0", skipped: "0" },
});
/** The changes of an asset's first ledger. */
const first = (selected: number) => ({
  ":meta": { ...meta, backfills: "1" },
  ":backfills": { "1": "bf_A" },
  ":ledger:bf_A": opened(1, selected),
});

keyTable(store, root, "open_ledger", [
  {
    title: "opens the first ledger of an asset in one call",
    before: { ":meta": meta },
    ...open(7, 0, "row0", "row1"),
    reply: ["opened"],
    changes: { ...first(7), ":ledger:bf_A:selected": { "0": "row0", "1": "row1" } },
    again: ["stands"],
  },
  {
    title: "stages rows for an hour while more follow",
    before: { ":meta": meta, ":ledger:bf_A:staged:s2": { "0": "theirs" } },
    ...open("", 0, "row0", "row1"),
    reply: ["more"],
    changes: {
      ":ledger:bf_A:staged:s1": { "0": "row0", "1": "row1" },
      ":ledger:bf_A:staged:s1 expires": "now+60m",
    },
    again: ["more"],
  },
  {
    title: "opens with the rows that its submitter staged, which no longer lapse",
    before: {
      ":meta": meta,
      ":ledger:bf_A:staged:s1": { "0": "row0", "1": "row1" },
      ":ledger:bf_A:staged:s1 expires": "now+60m",
      ":ledger:bf_A:staged:s2": { "0": "theirs", "5": "more" },
    },
    ...open(9, 2, "row2"),
    reply: ["opened"],
    changes: {
      ...first(9),
      ":ledger:bf_A:selected": { "0": "row0", "1": "row1", "2": "row2" },
      ":ledger:bf_A:staged:s1": undefined,
      ":ledger:bf_A:staged:s1 expires": undefined,
    },
    again: ["stands"],
  },
  {
    title: "opens a ledger without rows",
    before: { ":meta": meta },
    ...open(0, 0),
    reply: ["opened"],
    changes: first(0),
    again: ["stands"],
  },
  {
    title: "a ledger that stands keeps its rows, and the staged ones go",
    before: {
      ":meta": { ...meta, backfills: "1" },
      ":backfills": { "1": "bf_A" },
      ":ledger:bf_A": opened(1, 4),
      ":ledger:bf_A:selected": { "0": "theirs" },
      ":ledger:bf_A:staged:s1": { "0": "row0" },
    },
    ...open(9, 1, "row1"),
    reply: ["stands"],
    changes: { ":ledger:bf_A:staged:s1": undefined },
  },
  {
    title: "rows of a submitter whose ledger another one has opened are not staged",
    before: { ":meta": meta, ":ledger:bf_A": opened(1, 4) },
    ...open("", 1, "row1"),
    reply: ["stands"],
  },
  {
    title: "refuses an asset that has another epoch",
    before: { ":meta": { ...meta, epoch: "e2" }, ":ledger:bf_A:staged:s1": { "0": "row0" } },
    ...open(9, 1, "row1"),
    reply: ["unregistered"],
  },
  {
    title: "refuses an asset that nobody has registered",
    before: {},
    ...open("", 0, "row0"),
    reply: ["unregistered"],
  },
  {
    title: "numbers the ledger after the others",
    before: { ":meta": { ...meta, backfills: "2" }, ":backfills": { "1": "bf_X", "2": "bf_Y" } },
    ...open(3, 0, "row0"),
    reply: ["opened"],
    changes: {
      ":meta": { ...meta, backfills: "3" },
      ":backfills": { "1": "bf_X", "2": "bf_Y", "3": "bf_A" },
      ":ledger:bf_A": opened(3, 3),
      ":ledger:bf_A:selected": { "0": "row0" },
    },
  },
  ...[
    { title: "is lost", backfills: {} },
    { title: "is unreadable", backfills: { backfills: "{" } },
    { title: "has been given", backfills: { backfills: "10" } },
  ].map(({ title, backfills }) => ({
    // Redis keeps a small hash in the order of writing, and JavaScript "04" behind the whole numbers.
    title: `continues after the highest number if the next one ${title}`,
    before: {
      ":meta": { ...meta, ...backfills },
      ":backfills": { "1": "bf_V", "11": "bf_Y", "04": "bf_X", "0x20": "bf_Z" },
    },
    ...open(3, 0, "row0"),
    reply: ["opened"],
    changes: {
      ":meta": { ...meta, backfills: "12" },
      ":backfills": { "1": "bf_V", "11": "bf_Y", "04": "bf_X", "0x20": "bf_Z", "12": "bf_A" },
      ":ledger:bf_A": opened(12, 3),
      ":ledger:bf_A:selected": { "0": "row0" },
    },
  })),
]);
