import { keyTable } from "../../store/keyTable.testing.ts";
import { openTestStore } from "../../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.permits;

const call = (...holders: readonly (readonly [string, "give" | "agree", ...string[]])[]) => ({
  keys: [":holders", ":held", ":scope:p1", ":scope:p2"],
  args: [
    root,
    ...holders.flatMap(([holder, how, ...scopes]) => [holder, how, scopes.length, ...scopes]),
  ],
});
const held = (scopes: string) => ({ ":held": { h1: scopes } });
const due = { ":holders": new Map([["h1", "now"]]) };
const later = { ":holders": new Map([["h1", "now+5m"]]) };
const h1 = new Set(["h1"]);

keyTable(store, root, "mend_permits", [
  {
    title: "a holder whose notes agree is only looked at sooner",
    before: { ...later, ...held("p1 p2"), ":scope:p1": h1, ":scope:p2": h1 },
    ...call(["h1", "agree", "p1", "p2"]),
    reply: ["mended", 0],
    changes: due,
    again: ["mended", 0],
  },
  {
    title: "it keeps a permit that only a scope names",
    before: { ...held("p1"), ":scope:p1": h1, ":scope:p2": h1 },
    ...call(["h1", "agree", "p1", "p2"]),
    reply: ["mended", 1],
    changes: { ...due, ...held("p1 p2") },
    again: ["mended", 0],
  },
  {
    title: "it keeps a permit that only its own note names, and gets no other",
    before: held("p2"),
    ...call(["h1", "agree", "p1"]),
    reply: ["mended", 1],
    changes: { ...due, ":scope:p2": h1 },
    again: ["mended", 0],
  },
  {
    title: "a running claim gets a permit of each scope, and keeps those that it has",
    before: { ...held("p2"), ":scope:p1": new Set(["h2"]), ":scope:p2": h1 },
    ...call(["h1", "give", "p1"]),
    reply: ["mended", 1],
    changes: { ...due, ...held("p2 p1"), ":scope:p1": new Set(["h1", "h2"]) },
    again: ["mended", 0],
  },
  {
    title: "a note that names a scope twice names it once",
    before: { ...held("p1 p1 "), ":scope:p1": h1 },
    ...call(["h1", "agree"]),
    reply: ["mended", 1],
    changes: { ...due, ...held("p1") },
    again: ["mended", 0],
  },
  ...[{ ":holders": new Map([["h1", "5"]]) }, held(" ")].map((before) => ({
    title: `a holder without permits is forgotten: ${Object.keys(before).join()}`,
    before,
    ...call(["h1", "agree", "p1"]),
    reply: ["mended", 1],
    changes: { ":holders": undefined, ":held": undefined },
    again: ["mended", 0],
  })),
  {
    title: "nobody knows the holder",
    before: { ":scope:p1": new Set(["h2"]) },
    ...call(["h1", "agree", "p1"]),
    reply: ["mended", 0],
  },
  {
    title: "mends each of several holders by itself",
    before: {
      ":held": { h1: "p1", h3: "p2" },
      ":scope:p1": h1,
      ":scope:p2": new Set(["h2"]),
    },
    ...call(["h1", "agree", "p1"], ["h2", "agree", "p1", "p2"], ["h3", "give", "p1"]),
    reply: ["mended", 2],
    changes: {
      ":holders": new Map([
        ["h1", "now"],
        ["h2", "now"],
        ["h3", "now"],
      ]),
      ":held": { h1: "p1", h2: "p2", h3: "p2 p1" },
      ":scope:p1": new Set(["h1", "h3"]),
      ":scope:p2": new Set(["h2", "h3"]),
    },
  },
]);

keyTable(store, root, "mend_line", [
  {
    title: "takes out the backfills that have not asked again",
    before: { ":line:p1": { bf_A: "1 5", bf_B: "2 9", bf_C: "{" } },
    keys: [":line:p1"],
    args: [...["bf_A", "1 5"], ...["bf_B", "2 6"], ...["bf_C", "{"], ...["bf_D", "4 1"]],
    reply: ["mended", 2],
    changes: { ":line:p1": { bf_B: "2 9" } },
    again: ["mended", 0],
  },
]);
