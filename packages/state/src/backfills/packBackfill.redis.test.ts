import { keyTable } from "../store/keyTable.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.backfillRoot;

const header = { status: "failed", header: "{}", settings: "{}" };
const packed = { status: "failed", p0: "zip" };
const pack = (known: object, logged: number, fresh: object) => ({
  keys: [":bf_A", ":bf_A:log"],
  args: [
    Object.keys(known).length,
    logged,
    ...Object.entries(known).flat(),
    ...Object.entries(fresh).flat(),
  ],
});
const log = ["first", "second"];

keyTable(store, root, "pack_backfill", [
  {
    title: "replaces the header and its log",
    before: { ":bf_A": header, ":bf_A:log": log, ":bf_B": header },
    ...pack(header, 2, packed),
    reply: ["packed"],
    changes: { ":bf_A": packed, ":bf_A:log": undefined },
  },
  {
    title: "a header without a log",
    before: { ":bf_A": header },
    ...pack(header, 0, packed),
    reply: ["packed"],
    changes: { ":bf_A": packed },
    again: ["changed"],
  },
  {
    title: "refuses where a field has another text",
    before: { ":bf_A": { ...header, settings: "new" }, ":bf_A:log": log },
    ...pack(header, 2, packed),
    reply: ["changed"],
  },
  {
    title: "refuses where the first field has another text",
    before: { ":bf_A": { ...header, status: "running" }, ":bf_A:log": log },
    ...pack(header, 2, packed),
    reply: ["changed"],
  },
  {
    title: "refuses where a field has come",
    before: { ":bf_A": { ...header, revision: "2" }, ":bf_A:log": log },
    ...pack(header, 2, packed),
    reply: ["changed"],
  },
  {
    title: "refuses where a log entry has come",
    before: { ":bf_A": header, ":bf_A:log": log },
    ...pack(header, 1, packed),
    reply: ["changed"],
  },
  {
    title: "creates no header",
    before: {},
    ...pack(header, 0, packed),
    reply: ["changed"],
  },
]);

const rename = (field: string) => ({
  keys: [":bf_A", ":bf_A:log"],
  args: [field, "old", "new", '{"what":"renamed"}'],
});
const entry = ['{"v":1,"n":1,"atMs":now,"what":"renamed"}'];

keyTable(store, root, "rename_in_backfill", [
  {
    title: "writes the new header",
    before: { ":bf_A": { header: "old", status: "failed" } },
    ...rename("header"),
    reply: ["renamed"],
    changes: {
      ":bf_A": { header: "new", status: "failed", logged: "1" },
      ":bf_A:log": entry,
    },
    again: ["outdated"],
  },
  {
    title: "a packed header stays beside the new one, which readers prefer",
    before: { ":bf_A": { p0: "old", status: "failed" } },
    ...rename("p0"),
    reply: ["renamed"],
    changes: {
      ":bf_A": { p0: "old", status: "failed", header: "new", logged: "1" },
      ":bf_A:log": entry,
    },
  },
  {
    title: "refuses over another header",
    before: { ":bf_A": { header: "other", status: "failed" } },
    ...rename("header"),
    reply: ["outdated"],
  },
  { title: "creates no header", before: {}, ...rename("header"), reply: ["outdated"] },
]);
