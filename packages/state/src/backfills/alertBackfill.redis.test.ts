import { keyTable } from "../store/keyTable.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.backfillRoot;

const running = { status: "running", created: "now-5m" };
const alert = {
  keys: [":bf_A", ":bf_A:log", ":deliveries"],
  args: ["bf_A", '{"failed":3}', '{"what":"alerted"}'],
};
const logged = (n: number) => `{"v":1,"n":${n},"atMs":now,"what":"alerted"}`;
const summary = { summary: '{"failed":3}', status: "failing", finished: "now" };

keyTable(store, root, "alert_backfill", [
  {
    title: "queues the first summary of a backfill, once",
    before: { ":bf_A": running },
    ...alert,
    reply: ["told"],
    changes: {
      ":bf_A": { ...running, alerted: "now", summaries: "1", logged: "1" },
      ":bf_A:summary:1": summary,
      ":deliveries": new Map([["bf_A-1", "now"]]),
      ":bf_A:log": [logged(1)],
    },
    again: ["kept"],
  },
  {
    title: "queues it after the summaries of earlier pauses",
    before: {
      ":bf_A": { ...running, summaries: 2, logged: 4 },
      ":bf_A:log": ["{}"],
      ":deliveries": new Map([["bf_A-2", "now-5m"]]),
    },
    ...alert,
    reply: ["told"],
    changes: {
      ":bf_A": { ...running, alerted: "now", summaries: "3", logged: "5" },
      ":bf_A:summary:3": summary,
      ":deliveries": new Map([
        ["bf_A-2", "now-5m"],
        ["bf_A-3", "now"],
      ]),
      ":bf_A:log": ["{}", logged(5)],
    },
  },
  {
    title: "queues it after the summaries that are left if their number is unreadable",
    before: {
      ":bf_A": { ...running, summaries: "many" },
      ":bf_A:summary:2": { summary: "{}" },
      ":bf_A:summary:4": { summary: "{}" },
    },
    ...alert,
    reply: ["told"],
    changes: {
      ":bf_A": { ...running, alerted: "now", summaries: "5", logged: "1" },
      ":bf_A:summary:5": summary,
      ":deliveries": new Map([["bf_A-5", "now"]]),
      ":bf_A:log": [logged(1)],
    },
  },
  {
    title: "says nothing of a paused backfill",
    before: { ":bf_A": { ...running, status: "paused" } },
    ...alert,
    reply: ["kept"],
  },
  {
    title: "an alert of an earlier run stands",
    before: { ":bf_A": { ...running, alerted: "5" } },
    ...alert,
    reply: ["kept"],
  },
  { title: "an unknown backfill", before: {}, ...alert, reply: ["unknown"] },
  {
    title: "a backfill whose deletion has begun",
    before: { ":bf_A": { ...running, deleting: "1" } },
    ...alert,
    reply: ["unknown"],
  },
]);

const log = { keys: [":bf_A", ":bf_A:log"], args: ['{"what":"noted"}'] };
const noted = (n: number) => `{"v":1,"n":${n},"atMs":now,"what":"noted"}`;

keyTable(store, root, "log_backfill", [
  {
    title: "the first entry",
    before: { ":bf_A": running },
    ...log,
    reply: ["logged", 1],
    changes: { ":bf_A": { ...running, logged: "1" }, ":bf_A:log": [noted(1)] },
  },
  {
    title: "an entry after others, whatever is left of them",
    before: { ":bf_A": { ...running, logged: 7 }, ":bf_A:log": ["{}"] },
    ...log,
    reply: ["logged", 8],
    changes: { ":bf_A": { ...running, logged: "8" }, ":bf_A:log": ["{}", noted(8)] },
  },
  {
    title: "keeps the newest 1,000",
    before: {
      ":bf_A": { ...running, logged: 1_000 },
      ":bf_A:log": ["oldest", ...Array.from({ length: 999 }, () => "{}")],
    },
    ...log,
    reply: ["logged", 1_001],
    changes: {
      ":bf_A": { ...running, logged: "1001" },
      ":bf_A:log": [...Array.from({ length: 999 }, () => "{}"), noted(1_001)],
    },
  },
  {
    title: "counts the entries if no number is readable",
    before: { ":bf_A": { ...running, logged: "1.5" }, ":bf_A:log": ["a", "b"] },
    ...log,
    reply: ["logged", 3],
    changes: { ":bf_A": { ...running, logged: "3" }, ":bf_A:log": ["a", "b", noted(3)] },
  },
  {
    title: "passes a number over that no log can have reached",
    before: {
      ":bf_A": { ...running, logged: "" },
      ":bf_A:log": ['{"v":1,"n":5,"atMs":1}', '{"v":1,"n":12345678901,"atMs":1}'],
    },
    ...log,
    reply: ["logged", 7],
    changes: {
      ":bf_A": { ...running, logged: "7" },
      ":bf_A:log": ['{"v":1,"n":5,"atMs":1}', '{"v":1,"n":12345678901,"atMs":1}', noted(7)],
    },
  },
  { title: "an unknown backfill gets no log", before: {}, ...log, reply: ["unknown"] },
]);

const end = {
  keys: [":bf_A", ":active", ":events", ":bf_A:log", ":deliveries"],
  args: [
    ...["bf_A", "failed", "1", '{"what":"failed"}', "channel", "canceling", "", "{}", ""],
    "running",
  ],
};
const ended = (header: Readonly<Record<string, string>>, sequence: number) => ({
  ":bf_A": { ...header, status: "failed", finished: "now", revision: "1", logged: "1" },
  [`:bf_A:summary:${sequence}`]: { summary: "{}", status: "failed", finished: "now" },
  ":bf_A:log": [
    '{"v":1,"n":1,"atMs":now,"before":{"status":"running"},"after":{"status":"failed"},"what":"failed"}',
  ],
  ":deliveries": new Map([[`bf_A-${sequence}`, "now"]]),
  ":ended": new Map([["bf_A", "now"]]),
  ":events": { stream: ["backfill bf_A status failed"] },
});

keyTable(store, root, "set_backfill_status", [
  {
    title: "ends a backfill with an unreadable number of summaries and of log entries",
    before: { ":bf_A": { ...running, summaries: "{", logged: "{" } },
    ...end,
    reply: ["set", "running", 1],
    changes: {
      ...ended({ ...running, summaries: "1" }, 1),
      ":status:failed": new Map([["bf_A", "now-5m"]]),
    },
  },
  {
    title: "lists one with an unreadable time of creation as the oldest",
    before: { ":bf_A": { ...running, created: "yesterday" } },
    ...end,
    reply: ["set", "running", 1],
    changes: {
      ...ended({ created: "yesterday", summaries: "1" }, 1),
      ":status:failed": new Map([["bf_A", "0"]]),
    },
  },
  {
    title: "answers with revision 0 if the stored one is unreadable, and writes nothing",
    before: { ":bf_A": { ...running, status: "paused", revision: "{" } },
    ...end,
    reply: ["kept", "paused", 0],
  },
]);
