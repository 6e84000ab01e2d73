import { keyTable } from "../store/keyTable.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.backfillRoot;

const list = (mode: "look" | "write", ...ids: readonly string[]) => ({
  keys: [":index"],
  args: [mode, ...ids],
});
const at = (...members: readonly string[]) =>
  new Map(members.map((member) => [member, member === "bf_A" ? "5" : "6"] as const));

keyTable(store, root, "list_backfills", [
  {
    title: "finds nothing where each is in the list of its status",
    before: {
      ":index": at("bf_A", "bf_B", "bf_C"),
      ":bf_A": { status: "running" },
      ":bf_B": { status: "failed", finished: "9" },
      ":bf_C": { status: "resting" },
      ":status:running": at("bf_A"),
      ":status:failed": at("bf_B"),
      ":status:unknown": at("bf_C"),
      ":ended": new Map([["bf_B", "9"]]),
    },
    ...list("write", "bf_A", "bf_B", "bf_C", "bf_D"),
    reply: ["listed"],
  },
  {
    title: "looks for those that are in no list, and moves none",
    before: {
      ":index": at("bf_A", "bf_B"),
      ":bf_A": { status: "running" },
      ":bf_B": { status: "paused" },
      ":status:running": at("bf_A"),
    },
    ...list("look", "bf_A", "bf_B"),
    reply: ["listed", "bf_B"],
  },
  ...(["running", "paused", "canceling"] as const).map((status) => ({
    title: `lists a ${status} one`,
    before: { ":index": at("bf_A"), ":bf_A": { status, finished: "9" } },
    ...list("write", "bf_A"),
    reply: ["listed", "bf_A"],
    changes: { [`:status:${status}`]: at("bf_A") },
    again: ["listed"],
  })),
  ...(["succeeded", "failed", "canceled"] as const).map((status) => ({
    title: `lists a ${status} one by its end too`,
    before: { ":index": at("bf_A"), ":bf_A": { status, finished: "9" } },
    ...list("write", "bf_A"),
    reply: ["listed", "bf_A"],
    changes: { [`:status:${status}`]: at("bf_A"), ":ended": new Map([["bf_A", "9"]]) },
    again: ["listed"],
  })),
  {
    title: "takes the creation for an end that is unreadable",
    before: { ":index": at("bf_A"), ":bf_A": { status: "failed", finished: "late" } },
    ...list("write", "bf_A"),
    reply: ["listed", "bf_A"],
    changes: { ":status:failed": at("bf_A"), ":ended": at("bf_A") },
  },
  {
    title: "lists a header of another type, and a lost one, as unknown",
    before: { ":index": at("bf_A", "bf_B"), ":bf_A": "text" },
    ...list("write", "bf_A", "bf_B"),
    reply: ["listed", "bf_A", "bf_B"],
    changes: { ":status:unknown": at("bf_A", "bf_B") },
  },
  {
    title: "leaves one list of two",
    before: {
      ":index": at("bf_A"),
      ":bf_A": { status: "running" },
      ":status:running": at("bf_A"),
      ":status:paused": at("bf_A", "bf_B"),
    },
    ...list("write", "bf_A"),
    reply: ["listed", "bf_A"],
    changes: { ":status:paused": at("bf_B") },
  },
  {
    title: "a running one leaves the list of the ended",
    before: {
      ":index": at("bf_A"),
      ":bf_A": { status: "running" },
      ":status:running": at("bf_A"),
      ":ended": at("bf_A", "bf_B"),
    },
    ...list("write", "bf_A"),
    reply: ["listed", "bf_A"],
    changes: { ":ended": at("bf_B") },
  },
  {
    title: "an ended one that only the list of the ended lacks",
    before: {
      ":index": at("bf_A"),
      ":bf_A": { status: "failed", finished: "9" },
      ":status:failed": at("bf_A"),
    },
    ...list("write", "bf_A"),
    reply: ["listed", "bf_A"],
    changes: { ":ended": new Map([["bf_A", "9"]]) },
  },
  {
    title: "one outside the index leaves all lists",
    before: {
      ":bf_A": { status: "running" },
      ":status:running": at("bf_A", "bf_B"),
      ":ended": at("bf_A"),
    },
    ...list("write", "bf_A"),
    reply: ["listed", "bf_A"],
    changes: { ":status:running": at("bf_B"), ":ended": undefined },
  },
]);
