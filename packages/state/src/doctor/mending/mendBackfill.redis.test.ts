import { expect } from "vitest";
import { bitsText, keyTable, type StoredKeys } from "../../store/keyTable.testing.ts";
import { openTestStore } from "../../store/openTestStore.testing.ts";

const store = await openTestStore();

const call = {
  keys: [":bf_A", ":index", ":active", ":bf_A:lease"],
  args: ["bf_A", "succeeded", "failed", "canceled"],
};
const [index, active] = [new Map([["bf_A", "5"]]), new Set(["bf_A"])];
const header = (status: string) => ({ ":bf_A": { status, created: "5" } });

keyTable(store, store.keys.backfillRoot, "mend_backfill", [
  {
    title: "leaves a running one that is in both lists",
    before: { ...header("running"), ":index": index, ":active": active },
    ...call,
    reply: ["mended", 0],
  },
  {
    title: "lists a running one",
    before: header("running"),
    ...call,
    reply: ["mended", 2],
    changes: { ":index": index, ":active": active },
    again: ["mended", 0],
  },
  ...["succeeded", "failed", "canceled"].map((status) => ({
    title: `a ${status} one is not active`,
    before: { ...header(status), ":active": new Set(["bf_A", "bf_B"]) },
    ...call,
    reply: ["mended", 2],
    changes: { ":index": index, ":active": new Set(["bf_B"]) },
    again: ["mended", 0],
  })),
  {
    title: "keeps its place in the index",
    before: { ...header("failed"), ":index": new Map([["bf_A", "4"]]) },
    ...call,
    reply: ["mended", 0],
  },
  ...[{ status: "failed" }, { status: "failed", created: "{" }].map((fields) => ({
    title: `lists one with the header ${JSON.stringify(fields)} as the oldest`,
    before: { ":bf_A": fields },
    ...call,
    reply: ["mended", 1],
    changes: { ":index": new Map([["bf_A", "0"]]) },
    again: ["mended", 0],
  })),
  {
    title: "takes a lost one out of the lists",
    before: { ":index": index, ":active": new Set(["bf_A", "bf_B"]) },
    ...call,
    reply: ["mended", 2],
    changes: { ":index": undefined, ":active": new Set(["bf_B"]) },
    again: ["mended", 0],
  },
  {
    title: "leaves one whose status is lost to the check of its header",
    before: { ":bf_A": { created: "5" }, ":index": index, ":active": active },
    ...call,
    reply: ["mended", 0],
  },
  {
    title: "deletes a lease that would never lapse",
    before: { ...header("running"), ":index": index, ":active": active, ":bf_A:lease": "p1" },
    ...call,
    reply: ["mended", 1],
    changes: { ":bf_A:lease": undefined },
    again: ["mended", 0],
  },
]);

const queue = `${store.keys.poolPrefix("default")}:default`;
const lists = [":wait", ":active", ":paused"];
const sets = [":prioritized", ":delayed", ":completed", ":failed", ":waiting-children"];
const job = { keys: [":7", ":7:lock", ...lists, ...sets], args: ["7"] };
const jobRows = [
  ...lists.map((list) => ({ list, listed: ["7"], others: ["6", "7", "7"], left: ["6"], count: 2 })),
  ...sets.map((list) => ({
    ...{ list, listed: new Map([["7", "1"]]), count: 1 },
    ...{
      others: new Map([
        ["6", "1"],
        ["7", "2"],
      ]),
      left: new Map([["6", "1"]]),
    },
  })),
];

keyTable(store, queue, "mend_job", [
  ...jobRows.map(({ list, listed }) => ({
    title: `leaves a job on ${list}`,
    before: { ":7": { name: "job" }, [list]: listed } satisfies StoredKeys,
    ...job,
    reply: ["mended", 0],
  })),
  ...jobRows.map(({ list, others, left, count }) => ({
    title: `takes an id without a job from ${list}`,
    before: { [list]: others } satisfies StoredKeys,
    ...job,
    reply: ["mended", count],
    changes: { [list]: left },
    again: ["mended", 0],
  })),
  {
    title: "deletes a job on no list",
    before: { ":7": { name: "job" }, ":6": { name: "job" }, ":wait": ["6"] },
    ...job,
    reply: ["mended", 1],
    changes: { ":7": undefined },
    again: ["mended", 0],
  },
  ...[{ ":7": { name: "job" } }, { ":wait": ["7"] }].map((before) => ({
    title: `leaves the remains of a job that a worker holds: ${Object.keys(before).join()}`,
    before: { ...before, ":7:lock": "token" } satisfies StoredKeys,
    ...job,
    reply: ["mended", 0],
  })),
]);

const dynamic = store.keys.dynamicNames("regions").slice(0, -":names".length);
const mendKeys = (
  revision: string,
  first: number,
  entry: string,
  runs: string,
  ...of: string[]
) => ({
  keys: [":ordinals", ":names", ":present", ":changes"],
  args: [revision, first, entry, runs, ...of],
});
const four = { ":ordinals": { a: "0", b: "1", c: "2", d: "3" }, ":names": ["a", "b", "c", "d"] };

keyTable(store, dynamic, "mend_dynamic_keys", [
  {
    title: "makes ordinals, names and presence agree; a stream that stands gets no entry",
    before: { ":ordinals": { a: "0", b: "9" }, ":names": ["a", "x"], ":present": bitsText(0, 2) },
    ...mendKeys("0-0", 1, "", "1,3", "b", "1", "c", "0", "d", "1"),
    reply: ["mended", "0-0"],
    changes: { ...four, ":present": bitsText(0, 1, 3) },
    again: ["mended", "0-0"],
  },
  {
    title: "restores a lost stream with the keys that are present",
    before: { ...four, ":present": bitsText(0, 1) },
    ...mendKeys("0-0", 4, "{}", "0-1"),
    reply: ["mended", expect.stringMatching(/^\d+-0$/)],
    changes: { ":changes": { stream: ["what added ordinals 0-1 entry {}"] } },
    again: ["changed"],
  },
  {
    title: "a lost stream of which no key is present stays lost",
    before: { ...four, ":present": bitsText() },
    ...mendKeys("0-0", 4, "{}", ""),
    reply: ["mended", "0-0"],
  },
  {
    title: "refuses if the keys have changed since",
    before: { ...four, ":changes": { stream: ["what added ordinals 0-3 entry {}"] } },
    ...mendKeys("0-0", 0, "", "", "x", "1"),
    reply: ["changed"],
  },
]);
