import { keyTable } from "../store/keyTable.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.backfillRoot;

const other = { status: "running", created: "now-5m", header: "{}" };
const create = {
  keys: [":bf_A", ":index", ":active", ":events", ":bf_A:log"],
  args: ["bf_A", '{"assets":["sales"]}', '{"what":"created"}'],
};
const created = {
  ":bf_A": { status: "running", created: "now", header: '{"assets":["sales"]}', logged: "1" },
  ":bf_A:log": ['{"v":1,"n":1,"atMs":now,"after":{"status":"running"},"what":"created"}'],
};

keyTable(store, root, "create_backfill", [
  {
    title: "the first backfill of a namespace",
    before: {},
    ...create,
    reply: ["created"],
    changes: {
      ...created,
      ":index": new Map([["bf_A", "now"]]),
      ":active": new Set(["bf_A"]),
      ":status:running": new Map([["bf_A", "now"]]),
      ":events": { stream: ["backfill bf_A status running"] },
    },
    again: ["created"],
  },
  {
    title: "leaves others in their lists, and leaves the wrong lists itself",
    before: {
      ":bf_B": other,
      ":index": new Map([["bf_B", "now-5m"]]),
      ":active": new Set(["bf_B"]),
      ":status:running": new Map([["bf_B", "now-5m"]]),
      ":status:paused": new Map([["bf_A", "now-5m"]]),
      ":ended": new Map([["bf_A", "now-5m"]]),
    },
    ...create,
    reply: ["created"],
    changes: {
      ...created,
      ":index": new Map([
        ["bf_B", "now-5m"],
        ["bf_A", "now"],
      ]),
      ":active": new Set(["bf_B", "bf_A"]),
      ":status:running": new Map([
        ["bf_B", "now-5m"],
        ["bf_A", "now"],
      ]),
      ":status:paused": undefined,
      ":ended": undefined,
      ":events": { stream: ["backfill bf_A status running"] },
    },
  },
  {
    title: "one that exists keeps its header and status",
    before: { ":bf_A": { ...other, status: "paused" } },
    ...create,
    reply: ["created"],
  },
  {
    title: "one whose deletion has begun stays as it is",
    before: { ":bf_A": { deleting: "1" }, ":deleting": new Set(["bf_A"]) },
    ...create,
    reply: ["created"],
  },
]);

const change = (field: string, known: string, text: string, entry: string) => ({
  keys: [":bf_A", ":events", ":bf_A:log"],
  args: ["bf_A", field, known, text, entry],
});
const told = { ":events": { stream: ["backfill bf_A status changed"] } };

keyTable(store, root, "change_backfill", [
  {
    title: "writes a field that was absent, with an entry for the log",
    before: { ":bf_A": other },
    ...change("settings", "", '{"cap":2}', '{"what":"changed"}'),
    reply: ["changed"],
    changes: {
      ":bf_A": { ...other, settings: '{"cap":2}', logged: "1" },
      ":bf_A:log": ['{"v":1,"n":1,"atMs":now,"what":"changed"}'],
      ...told,
    },
    again: ["changed"],
  },
  {
    title: "replaces the text that the caller read, without a log entry",
    before: { ":bf_A": { ...other, progress: "old", settings: "{}", logged: "3" } },
    ...change("progress", "old", "new", ""),
    reply: ["changed"],
    changes: { ":bf_A": { ...other, progress: "new", settings: "{}", logged: "3" }, ...told },
    again: ["changed"],
  },
  {
    title: "refuses over the text of another caller",
    before: { ":bf_A": { ...other, settings: "theirs" } },
    ...change("settings", "old", "mine", '{"what":"changed"}'),
    reply: ["outdated", "theirs"],
  },
  {
    title: "refuses over a text that the caller did not find",
    before: { ":bf_A": { ...other, settings: "theirs" } },
    ...change("settings", "", "mine", '{"what":"changed"}'),
    reply: ["outdated", "theirs"],
  },
  {
    title: "refuses where the text that the caller read is gone",
    before: { ":bf_A": other },
    ...change("settings", "old", "mine", '{"what":"changed"}'),
    reply: ["outdated", ""],
  },
  {
    title: "creates no header",
    before: {},
    ...change("settings", "", "mine", '{"what":"changed"}'),
    reply: ["unknown"],
  },
  {
    title: "numbers the entry after the last one if the count of entries is unreadable",
    before: {
      ":bf_A": { ...other, logged: "{" },
      ":bf_A:log": ['{"v":1,"n":4,"atMs":5}', '{"v":1,"n":7,"atMs":5}', "junk"],
    },
    ...change("settings", "", "new", '{"what":"changed"}'),
    reply: ["changed"],
    changes: {
      ":bf_A": { ...other, settings: "new", logged: "9" },
      ":bf_A:log": [
        '{"v":1,"n":4,"atMs":5}',
        '{"v":1,"n":7,"atMs":5}',
        "junk",
        '{"v":1,"n":9,"atMs":now,"what":"changed"}',
      ],
      ...told,
    },
  },
]);
