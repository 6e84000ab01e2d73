import { expect } from "vitest";
import { bitsText, keyTable } from "../../store/keyTable.testing.ts";
import { openTestStore } from "../../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.root("sales");

const call = (...fields: readonly string[]) => ({
  keys: [":sessions", ":claims", ":settlements", ":meta"],
  args: [root, ...fields],
});
const ledger = (queued: number, in_progress: number) => ({
  ":ledger:bf_A": { number: "7", queued: `${queued}`, in_progress: `${in_progress}` },
});
const plane = ":plane::in_progress:0";
const queued = ":ledger:bf_A:queued::0";
const alive = { ":sessions": new Map([["s1", "now+5m"]]) };
const running = "R s1 3 2 1 now-1m bf_A";
const sound = {
  ...alive,
  ...ledger(1, 1),
  ":claims": { ":0": running },
  [plane]: bitsText(0),
  [queued]: bitsText(0),
};
const told = { ":meta": { settlements: "1" } };

keyTable(store, root, "mend_claims", [
  {
    title: "leaves a claim, its session and its bits",
    before: sound,
    ...call(":0"),
    reply: ["mended", 0],
  },
  {
    title: "leaves a partition without a claim and without a bit",
    before: sound,
    ...call(":1", "-2.5:40000"),
    reply: ["mended", 0],
  },
  {
    title: "ends a claim whose ledger does not exist",
    before: { ...sound, ":ledger:bf_A": { number: "7" }, ":claims": { ":0": "R s1 3 2 1 5 bf_X" } },
    ...call(":0"),
    reply: ["mended", 1],
    changes: { ":claims": undefined, [plane]: bitsText() },
    again: ["mended", 0],
  },
  {
    title: "ends a claim of another form",
    before: {
      ...sound,
      ":claims": { ":0": "running", ":1": running },
      [plane]: bitsText(0, 1),
      [queued]: bitsText(1),
    },
    ...call(":0"),
    reply: ["mended", 1],
    changes: { ":claims": { ":1": running }, [plane]: bitsText(1) },
  },
  {
    title: "a running claim of an unknown session lapses, as a death",
    before: { ...sound, ":sessions": new Map([["s2", "now+5m"]]) },
    ...call(":0"),
    reply: ["mended", 1],
    changes: {
      ...ledger(1, 0),
      ...told,
      ":claims": { ":0": "L s1 3 2 2 now-1m bf_A" },
      ":attempts::0": { "0": expect.stringMatching(/^l now 6\d{4} 2 7 s1 \n$/) },
      ":settlements": { stream: ["n 1 s bf_A  r 0;"] },
      [plane]: bitsText(),
    },
    again: ["mended", 0],
  },
  {
    title: "a claim that was not started lapses as no death; all that lapse are told in one entry",
    before: {
      ...ledger(2, 2),
      ":claims": { ":0": "R s1 3 2 1 0 bf_A", ":1": "R s1 4 1 0.1.2 0 bf_A" },
      [plane]: bitsText(0, 1),
      [queued]: bitsText(0, 1),
    },
    ...call(":0", ":1"),
    reply: ["mended", 2],
    changes: {
      ...ledger(2, 0),
      ...told,
      ":claims": { ":0": "L s1 3 1 1 0 bf_A", ":1": "L s1 4 0 0.1.2 0 bf_A" },
      ":settlements": { stream: ["n 1 s bf_A  r 0;bf_A  r 1;"] },
      [plane]: bitsText(),
    },
  },
  {
    title: "a running claim gets its bits",
    before: { ...alive, ...ledger(0, 1), ":claims": { ":0": running } },
    ...call(":0"),
    reply: ["mended", 1],
    changes: { ...ledger(1, 1), [plane]: bitsText(0), [queued]: bitsText(0) },
    again: ["mended", 0],
  },
  {
    title: "a running claim gets the queued bit that it lacks",
    before: { ...alive, ...ledger(0, 1), ":claims": { ":0": running }, [plane]: bitsText(0) },
    ...call(":0"),
    reply: ["mended", 1],
    changes: { ...ledger(1, 1), [queued]: bitsText(0) },
  },
  {
    title: "a running claim of a settled partition is not queued again",
    before: {
      ...alive,
      ...ledger(0, 1),
      ":claims": { ":0": running },
      ":ledger:bf_A:settled::0": bitsText(0),
    },
    ...call(":0"),
    reply: ["mended", 1],
    changes: { [plane]: bitsText(0) },
  },
  {
    title: "a running claim of a sealed ledger is not queued again",
    before: {
      ...alive,
      ":ledger:bf_A": { sealed: "outcomes", queued: "0" },
      ":claims": { ":0": running },
      [plane]: bitsText(0),
    },
    ...call(":0"),
    reply: ["mended", 0],
  },
  {
    title: "what no claim runs is not in progress",
    before: {
      ...ledger(1, 0),
      ":claims": { ":0": "L s1 3 2 1 5 bf_A", ":1": "W s1 3 2 1 5 bf_A" },
      [plane]: bitsText(0, 1, 2, 3),
      [queued]: bitsText(0),
    },
    ...call(":0", ":1", ":2"),
    reply: ["mended", 3],
    changes: { [plane]: bitsText(3) },
    again: ["mended", 0],
  },
  {
    title: "another lane, and a chunk below 0",
    before: {
      ...alive,
      ...ledger(0, 1),
      ":claims": { "2.1:-32768": running },
    },
    ...call("2.1:-32768"),
    reply: ["mended", 1],
    changes: {
      ...ledger(1, 1),
      ":plane:2.1:in_progress:-1": bitsText(0),
      ":ledger:bf_A:queued:2.1:-1": bitsText(0),
    },
  },
  {
    title: "of the attempts that came before a lapse, the newest four are kept",
    before: {
      ...ledger(1, 1),
      ":claims": { ":0": running },
      ":attempts::0": { "0": "a\nb\nc\nd\ne\n" },
      [plane]: bitsText(0),
    },
    ...call(":0"),
    reply: ["mended", 1],
    changes: {
      ...ledger(1, 0),
      ...told,
      ":claims": { ":0": "L s1 3 2 2 now-1m bf_A" },
      ":attempts::0": { "0": expect.stringMatching(/^b\nc\nd\ne\nl now 6\d{4} 2 7 s1 \n$/) },
      ":settlements": { stream: ["n 1 s bf_A  r 0;"] },
      [plane]: bitsText(),
    },
  },
  {
    title: "an unreadable number of deaths counts as none",
    before: {
      ...ledger(1, 1),
      ":claims": { ":0": "R s1 3 2 1.2.3.4 now-1m bf_A" },
      [plane]: bitsText(0),
    },
    ...call(":0"),
    reply: ["mended", 1],
    changes: {
      ...ledger(1, 0),
      ...told,
      ":claims": { ":0": "L s1 3 2 1 now-1m bf_A" },
      ":attempts::0": { "0": expect.stringMatching(/^l now 6\d{4} 2 7 s1 \n$/) },
      ":settlements": { stream: ["n 1 s bf_A  r 0;"] },
      [plane]: bitsText(),
    },
  },
]);

const wait = (...fields: readonly string[]) => ({ keys: [":waiters", ":claims"], args: fields });
const [a, b] = [`${root}:ledger:bf_A`, `${root}:ledger:bf_B`];

keyTable(store, root, "mend_waiters", [
  {
    title: "keeps those that have a claim to wait for, and those that have the partition queued",
    before: {
      ":ledger:bf_A": { number: "1" },
      ":ledger:bf_B": { number: "2" },
      ":ledger:bf_B:queued::0": bitsText(1),
      ":claims": { ":0": running },
      ":waiters": { ":0": `${a} !${b}`, ":1": `!${b}` },
    },
    ...wait(":0", ":1", ":2"),
    reply: ["mended", 0],
  },
  {
    title: "removes one without a ledger, also where a claim runs",
    before: {
      ":ledger:bf_B": { number: "2" },
      ":claims": { ":0": running },
      ":waiters": { ":0": `!${a} !${b}` },
    },
    ...wait(":0"),
    reply: ["mended", 1],
    changes: { ":waiters": { ":0": `!${b}` } },
    again: ["mended", 0],
  },
  {
    title: "removes one that neither waits for a claim nor has the partition queued",
    before: {
      ":ledger:bf_A": { number: "1" },
      ":ledger:bf_A:queued::0": bitsText(0),
      ":ledger:bf_B": { number: "2" },
      ":ledger:bf_B:queued::0": bitsText(1),
      ":waiters": { ":1": `${a} ${b}`, ":2": a },
    },
    ...wait(":1"),
    reply: ["mended", 1],
    changes: { ":waiters": { ":1": b, ":2": a } },
  },
  {
    title: "removes an entry with nobody left, in another lane and chunk",
    before: {
      ":ledger:bf_A": { number: "1" },
      ":ledger:bf_A:queued:2.1:-1": bitsText(1),
      ":waiters": { "2.1:-32768": a, "2.1:-32767": a, ":9": " " },
    },
    ...wait("2.1:-32768", "2.1:-32767", ":9"),
    reply: ["mended", 2],
    changes: { ":waiters": { "2.1:-32767": a } },
    again: ["mended", 0],
  },
]);
