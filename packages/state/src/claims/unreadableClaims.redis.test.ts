import { bitsText, keyTable } from "../store/keyTable.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.root("sales");

/** Claims of session s1 that a transition cannot read, although they begin like one. */
const junk = ["R s1 3 junk", "R s1 3 2 0 5", "R s1 3 x 0 0 bf_A"];
const plane = ":plane::in_progress:0";
const state = (entry: string) => ({
  ":ledger:bf_A": { number: "7", queued: "1", in_progress: "1" },
  ":ledger:bf_A:queued::0": bitsText(0),
  ":claims": { ":0": entry },
  [plane]: bitsText(0),
});

keyTable(
  store,
  root,
  "release_partitions",
  junk.map((entry) => ({
    title: `refuses the claim "${entry}"`,
    before: state(entry),
    keys: [
      ...[":claims", ":waiters", ":settlements", ":meta"],
      ...[":ledger:bf_A", ":ledger:bf_A:queued::0", plane, ":attempts::0"],
    ],
    args: ["s1", "bf_A", "", 0, 3, "stop", "="],
    reply: ["releases", "refused"],
  })),
);

for (const script of ["start_suspect", "judge_lapse"])
  keyTable(
    store,
    root,
    script,
    junk.map((entry) => ({
      title: `refuses the claim "${entry}"`,
      before: state(entry),
      keys: [":claims"],
      args: script === "judge_lapse" ? ["s1", 3, ":0", 1] : ["s1", 3, ":0"],
      reply: ["refused"],
    })),
  );

keyTable(store, root, "lapse_sessions", [
  ...junk.map((entry) => ({
    title: `leaves the claim "${entry}" to the doctor, and lapses the others of the session`,
    before: {
      ...state(entry),
      ":sessions": new Map([["s1", "now-5m"]]),
      ":claims": { ":0": entry, place: "R s1 9 1 0 0 bf_A", ":1": "R s1 4 1 0 0 bf_A" },
      [plane]: bitsText(0, 1),
    },
    keys: [":sessions", ":claims", ":settlements", ":meta"],
    args: [root, "0", "s1"],
    reply: ["lapsed", "0", 1],
    changes: {
      ":sessions": undefined,
      ":ledger:bf_A": { number: "7", queued: "1", in_progress: "0" },
      ":claims": { ":0": entry, place: "R s1 9 1 0 0 bf_A", ":1": "L s1 4 0 0 0 bf_A" },
      ":meta": { settlements: "1" },
      ":settlements": { stream: ["n 1 s bf_A  r 1;"] },
      [plane]: bitsText(0),
    },
    again: ["lapsed", "0", 0],
  })),
]);
