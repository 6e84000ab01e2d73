import { expect, test } from "vitest";
import { takePermits } from "../index.ts";
import {
  holderOf,
  openPermitScene,
  patienceMs,
  type PermitRow,
  reviewMs,
} from "./permitScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

interface TakeRow {
  readonly what: string;
  readonly before: PermitRow;
  /**
   * "<claim number> <backfill> <scope>…" for each request. A scope has the cap 1; "a:2" stands for
   * a cap of 2, "a:" for one that only Redis knows.
   */
  readonly asks: readonly string[];
  readonly answers: readonly string[];
  readonly after: PermitRow;
}

const full = { held: { 1: "a" } };

const rows: readonly TakeRow[] = [
  {
    what: "a free permit is granted",
    before: {},
    asks: ["2 bf_A a"],
    answers: ["granted"],
    after: { held: { 2: "~a" } },
  },
  {
    what: "a permit of each scope is granted",
    before: {},
    asks: ["2 bf_A a b c"],
    answers: ["granted"],
    after: { held: { 2: "~a b c" } },
  },
  {
    what: "a full scope refuses, and the backfill joins its line",
    before: full,
    asks: ["2 bf_A a"],
    answers: ["refused a"],
    after: { ...full, lines: { a: { bf_A: "1 now" } } },
  },
  {
    what: "a scope with more holders than its cap refuses",
    before: { held: { 1: "a", 2: "a" } },
    asks: ["3 bf_A a"],
    answers: ["refused a"],
    after: { held: { 1: "a", 2: "a" }, lines: { a: { bf_A: "1 now" } } },
  },
  {
    what: "a scope without a cap is granted beyond any number",
    before: { ...full, lines: { a: { bf_B: "1 before" } } },
    asks: ["2 bf_A a:"],
    answers: ["granted"],
    after: { held: { 1: "a", 2: "~a" }, lines: { a: { bf_B: "1 before" } } },
  },
  {
    what: "a higher recorded cap replaces the defined one",
    before: { ...full, caps: { a: "2" } },
    asks: ["2 bf_A a"],
    answers: ["granted"],
    after: { held: { 1: "a", 2: "~a" }, caps: { a: "2" } },
  },
  {
    what: "a lower recorded cap replaces the defined one",
    before: { ...full, caps: { a: "1" } },
    asks: ["2 bf_A a:2"],
    answers: ["refused a"],
    after: { ...full, caps: { a: "1" }, lines: { a: { bf_A: "1 now" } } },
  },
  {
    what: "a recorded cap holds where the definition has none",
    before: { ...full, caps: { a: "1" } },
    asks: ["2 bf_A a:"],
    answers: ["refused a"],
    after: { ...full, caps: { a: "1" }, lines: { a: { bf_A: "1 now" } } },
  },
  {
    what: "a holder keeps its permits in a full scope with a line, and is reviewed later",
    before: { ...full, lines: { a: { bf_B: "1 before" } } },
    asks: ["1 bf_A a"],
    answers: ["granted"],
    after: { held: { 1: "~a" }, lines: { a: { bf_B: "1 before" } } },
  },
  {
    what: "a holder gets the scope that it lacks, and keeps the others",
    before: { held: { 1: "a c" } },
    asks: ["1 bf_A a b"],
    answers: ["granted"],
    after: { held: { 1: "~a c b" } },
  },
  {
    what: "a holder that is refused a further scope keeps the others and its review",
    before: { held: { 1: "a", 2: "b" } },
    asks: ["1 bf_A a b"],
    answers: ["refused b"],
    after: { held: { 1: "a", 2: "b" }, lines: { b: { bf_A: "1 now" } } },
  },
  {
    what: "with one scope full, nothing is taken of the others, and the backfill leaves their lines",
    before: { ...full, lines: { b: { bf_A: "1 before", bf_B: "2 before" } } },
    asks: ["2 bf_A b a"],
    answers: ["refused a"],
    after: { ...full, lines: { a: { bf_A: "1 now" }, b: { bf_B: "2 before" } } },
  },
  {
    what: "the first of two full scopes is named, and the backfill joins both lines",
    before: { held: { 1: "a b" } },
    asks: ["2 bf_A b a"],
    answers: ["refused b"],
    after: { held: { 1: "a b" }, lines: { a: { bf_A: "1 now" }, b: { bf_A: "1 now" } } },
  },
  {
    what: "a free permit is due to the backfill in the line",
    before: { lines: { a: { bf_B: "1 before" } } },
    asks: ["2 bf_A a"],
    answers: ["refused a"],
    after: { lines: { a: { bf_B: "1 before", bf_A: "2 now" } } },
  },
  {
    what: "the first backfill of the line gets the free permit and leaves the line",
    before: { lines: { a: { bf_A: "3 before", bf_B: "4 before" } } },
    asks: ["2 bf_A a"],
    answers: ["granted"],
    after: { held: { 2: "~a" }, lines: { a: { bf_B: "4 before" } } },
  },
  {
    what: "the second backfill of the line is refused one free permit and keeps its place",
    before: { lines: { a: { bf_A: "4 before", bf_B: "3 before" } } },
    asks: ["2 bf_A a"],
    answers: ["refused a"],
    after: { lines: { a: { bf_A: "4 now", bf_B: "3 before" } } },
  },
  {
    what: "the second backfill of the line gets the second of two free permits",
    before: { lines: { a: { bf_A: "4 before", bf_B: "3 before" } } },
    asks: ["2 bf_A a:2"],
    answers: ["granted"],
    after: { held: { 2: "~a" }, lines: { a: { bf_B: "3 before" } } },
  },
  {
    what: "the first backfill of the line is refused in a full scope and keeps its place",
    before: { ...full, lines: { a: { bf_A: "3 before" } } },
    asks: ["2 bf_A a"],
    answers: ["refused a"],
    after: { ...full, lines: { a: { bf_A: "3 now" } } },
  },
  {
    what: "a new backfill joins behind the highest number",
    before: { ...full, lines: { a: { bf_B: "9 before", bf_C: "2 before" } } },
    asks: ["2 bf_A a"],
    answers: ["refused a"],
    after: { ...full, lines: { a: { bf_B: "9 before", bf_C: "2 before", bf_A: "10 now" } } },
  },
  {
    what: "a backfill that has not asked for long loses its place",
    before: { lines: { a: { bf_B: "1 long ago" } } },
    asks: ["2 bf_A a"],
    answers: ["granted"],
    after: { held: { 2: "~a" } },
  },
  {
    what: "a backfill that has not asked for long joins at the end",
    before: { ...full, lines: { a: { bf_A: "1 long ago", bf_B: "2 before" } } },
    asks: ["2 bf_A a"],
    answers: ["refused a"],
    after: { ...full, lines: { a: { bf_B: "2 before", bf_A: "3 now" } } },
  },
  {
    what: "an unreadable place in the line is removed",
    before: { lines: { a: { bf_B: "first before" } } },
    asks: ["2 bf_A a"],
    answers: ["granted"],
    after: { held: { 2: "~a" } },
  },
  {
    what: "the requests of one call count each other's permits",
    before: {},
    asks: ["2 bf_A a:2", "3 bf_A a:2", "4 bf_A a:2"],
    answers: ["granted", "granted", "refused a"],
    after: { held: { 2: "~a", 3: "~a" }, lines: { a: { bf_A: "1 now" } } },
  },
  {
    what: "the refused backfills of one call are in the line in its order, each once",
    before: full,
    asks: ["2 bf_A a", "3 bf_B a", "4 bf_A a"],
    answers: ["refused a", "refused a", "refused a"],
    after: { ...full, lines: { a: { bf_A: "1 now", bf_B: "2 now" } } },
  },
  {
    what: "a backfill that leaves the line lets the next one of the same call in",
    before: { lines: { a: { bf_A: "1 before", bf_B: "2 before" } } },
    asks: ["2 bf_A a:2", "3 bf_B a:2"],
    answers: ["granted", "granted"],
    after: { held: { 2: "~a", 3: "~a" } },
  },
];

test.each(rows.map((row) => [row.what, row] as const))("take_permits: %s", async (_, row) => {
  const { before, asks, answers, after } = row;
  const scene = await openPermitScene(store, before);
  const requests = asks.map((ask) => {
    const [claimNumber, backfillId = "", ...scopes] = ask.split(" ");
    return {
      ...holderOf(Number(claimNumber)),
      backfillId,
      scopes: scopes.map((text) => {
        const [scope = "", cap = "1"] = text.split(":");
        return { scope, cap: cap === "" ? undefined : Number(cap) };
      }),
    };
  });
  const given = await takePermits(store, requests, { reviewMs, patienceMs });
  expect(
    given.map((answer) => (answer.kind === "granted" ? "granted" : `refused ${answer.scope}`)),
  ).toEqual(answers);
  expect(await scene.readState()).toEqual(after);
});

test("take_permits: Redis forgets a line that nobody has joined for as long as a place lasts", async () => {
  await openPermitScene(store, full);
  const request = { ...holderOf(2), backfillId: "bf_A", scopes: [{ scope: "a", cap: 1 }] };
  await takePermits(store, [request], { reviewMs, patienceMs });
  const leftMs = await store.redis.pttl(store.keys.permitLine("a"));
  expect(leftMs).toBeGreaterThan(patienceMs / 2);
  expect(leftMs).toBeLessThanOrEqual(patienceMs);
});
