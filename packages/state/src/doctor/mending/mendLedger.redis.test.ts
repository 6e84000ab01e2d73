import { expect } from "vitest";
import { keyTable } from "../../store/keyTable.testing.ts";
import { openTestStore } from "../../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.root("sales");

const remove = {
  keys: [
    ...[":ledger:bf_A", ":ledger:bf_A:settled::0", ":ledger:bf_A:staged:s1"],
    ...[":ledger:bf_A:selected", ":ledger:bf_A"],
  ],
  args: [],
};
const whole = {
  ":meta": { epoch: "e1" },
  ":backfills": { "1": "bf_A" },
  ":ledger:bf_A": { number: "1", in_progress: "0", sealed: "outcomes" },
  ":ledger:bf_A:settled::0": "\x80",
  ":ledger:bf_A:selected": { "0": "row" },
  ":ledger:bf_A:culprits": ["kept"],
};
const removed = {
  ":ledger:bf_A": undefined,
  ":ledger:bf_A:settled::0": undefined,
  ":ledger:bf_A:selected": undefined,
};

keyTable(store, root, "remove_ledger", [
  {
    title: "removes the keys that the caller names, the ledger last; its number stays",
    before: whole,
    ...remove,
    reply: ["removed", 3],
    changes: removed,
    again: ["removed", 0],
  },
  {
    title: "removes staged rows of a ledger that was never opened",
    before: { ":ledger:bf_A:staged:s1": { "0": "row" } },
    ...remove,
    reply: ["removed", 1],
    changes: { ":ledger:bf_A:staged:s1": undefined },
  },
  {
    title:
      "unseals the ledger with the first of several calls, so that nobody unpacks its bitmaps again",
    before: whole,
    keys: [":ledger:bf_A", ":ledger:bf_A:settled::0"],
    args: [],
    reply: ["removed", 1],
    changes: {
      ":ledger:bf_A": { number: "1", in_progress: "0" },
      ":ledger:bf_A:settled::0": undefined,
    },
  },
  {
    title: "removes nothing while a claim runs",
    before: { ...whole, ":ledger:bf_A": { number: "1", in_progress: "1", sealed: "outcomes" } },
    ...remove,
    reply: ["running"],
  },
  ...[{}, { in_progress: "{" }, { in_progress: "-1" }].map((counter) => ({
    title: `removes a ledger with the counter ${JSON.stringify(counter)}`,
    before: { ...whole, ":ledger:bf_A": { number: "1", ...counter } },
    ...remove,
    reply: ["removed", 3],
    changes: removed,
  })),
  {
    title: "refuses while the asset is renamed",
    before: { ...whole, ":meta": { operation: "rename orders" } },
    ...remove,
    reply: expect.stringMatching(/^CHANGING rename orders/),
  },
  {
    title: "a meta key of another type, which the doctor repairs, counts as no change",
    before: { ...whole, ":meta": "text" },
    ...remove,
    reply: ["removed", 3],
    changes: removed,
  },
]);

const mend = (number: string, count: number | "", ...rows: readonly (string | number)[]) => ({
  keys: [":meta", ":backfills", ":ledger:bf_A", ":ledger:bf_A:selected"],
  args: ["bf_A", number, "paused", count, "rerun", ...rows],
});
const counters = { queued: "0", in_progress: "0", succeeded: "0", failed: "0", skipped: "0" };
const restored = { control: "paused", overlap: "rerun", selected: "4", ...counters };

keyTable(store, root, "mend_ledger", [
  {
    title: "restores a lost hash under the number that the asset has for the backfill",
    before: { ":meta": { backfills: "9" }, ":backfills": { "3": "bf_A" } },
    ...mend("3", 4),
    reply: ["mended"],
    changes: { ":ledger:bf_A": { number: "3", ...restored } },
    again: ["mended"],
  },
  {
    title: "gives a new number if the asset has none",
    before: { ":meta": { backfills: "9" }, ":backfills": { "9": "bf_X" } },
    ...mend("", 4),
    reply: ["mended"],
    changes: {
      ":meta": { backfills: "10" },
      ":backfills": { "9": "bf_X", "10": "bf_A" },
      ":ledger:bf_A": { number: "10", ...restored },
    },
    again: ["mended"],
  },
  {
    title: "replaces an unreadable number",
    before: {
      ":meta": { backfills: "9" },
      ":backfills": { "3": "bf_A" },
      ":ledger:bf_A": { number: "3x", ...restored },
    },
    ...mend("3", 4),
    reply: ["mended"],
    changes: { ":ledger:bf_A": { number: "3", ...restored } },
  },
  {
    title: "keeps what the ledger has, but for the size of the selection",
    before: {
      ":meta": { backfills: "9" },
      ":backfills": { "5": "bf_A" },
      ":ledger:bf_A": {
        number: "5",
        control: "running",
        overlap: "share",
        queued: "2",
        failed: "1",
      },
    },
    ...mend("3", 4),
    reply: ["mended"],
    changes: {
      ":ledger:bf_A": {
        ...{ number: "5", control: "running", overlap: "share", selected: "4" },
        ...{ ...counters, queued: "2", failed: "1" },
      },
    },
  },
  {
    title: "registers the ledger's number, and no later backfill gets it",
    before: { ":meta": { backfills: "2" }, ":ledger:bf_A": { number: "5", ...restored } },
    ...mend("", 4),
    reply: ["mended"],
    changes: { ":meta": { backfills: "5" }, ":backfills": { "5": "bf_A" } },
  },
  ...[{}, { backfills: "{" }].map((counter) => ({
    title: `counts on from its number if the asset's counter is ${JSON.stringify(counter)}`,
    before: { ":meta": { epoch: "e1", ...counter }, ":ledger:bf_A": { number: "5", ...restored } },
    ...mend("", 4),
    reply: ["mended"],
    changes: { ":meta": { epoch: "e1", backfills: "5" }, ":backfills": { "5": "bf_A" } },
  })),
  {
    title: "leaves a number that another backfill has",
    before: {
      ":meta": { backfills: "5" },
      ":backfills": { "5": "bf_X" },
      ":ledger:bf_A": { number: "5", ...restored },
    },
    ...mend("", 4),
    reply: ["mended"],
  },
  {
    title: "adds rows while more follow, and nothing else",
    before: { ":meta": { backfills: "9" }, ":ledger:bf_A:selected": { "0": "row0" } },
    ...mend("3", "", 1_000_000, "row1", "row2"),
    reply: ["more"],
    changes: { ":ledger:bf_A:selected": { "0": "row0", "1000000": "row1", "1000001": "row2" } },
    again: ["more"],
  },
  {
    title: "adds the last rows with the size of the selection",
    before: { ":meta": { backfills: "9" }, ":backfills": { "3": "bf_A" } },
    ...mend("3", 4, 1_000_016, "row"),
    reply: ["mended"],
    changes: {
      ":ledger:bf_A": { number: "3", ...restored },
      ":ledger:bf_A:selected": { "1000016": "row" },
    },
  },
]);

keyTable(store, root, "mend_counters", [
  {
    title: "sets the counters that have not changed since the count",
    before: { ":ledger:bf_A": { queued: "5", failed: "2", skipped: "1" } },
    keys: [":ledger:bf_A"],
    args: [...["queued", "5", 3], ...["failed", "1", 0], ...["canceled", "", 2]],
    reply: ["mended", 2],
    changes: { ":ledger:bf_A": { queued: "3", failed: "2", skipped: "1", canceled: "2" } },
    again: ["mended", 0],
  },
  {
    title: "sets an unreadable counter",
    before: { ":ledger:bf_A": { queued: "{" } },
    keys: [":ledger:bf_A"],
    args: ["queued", "{", 0],
    reply: ["mended", 1],
    changes: { ":ledger:bf_A": { queued: "0" } },
  },
  {
    title: "creates no ledger",
    before: {},
    keys: [":ledger:bf_A"],
    args: ["queued", "", 0],
    reply: ["mended", 0],
  },
]);
