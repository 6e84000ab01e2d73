import { expect, test } from "vitest";
import { releasePermits, scriptText } from "../index.ts";
import { holderName } from "./permits.ts";
import { holderOf, openPermitScene, type PermitRow, reviewMs } from "./permitScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

interface ReturnRow<Call> {
  readonly what: string;
  readonly before: PermitRow;
  readonly call: readonly Call[];
  /** How many holders lost their permits. */
  readonly count: number;
  readonly after: PermitRow;
}

/** Rows with their titles, which "$what" would cut off. */
function titled<Row extends { readonly what: string }>(rows: readonly Row[]) {
  return rows.map((row) => [row.what, row] as const);
}

const two = { held: { 1: "a b", 2: "a" } };
const overrun = { overruns: { 1: '{"reason":"lost"}' } };

const releases: readonly ReturnRow<number>[] = [
  { what: "a holder's permits", before: two, call: [1], count: 1, after: { held: { 2: "a" } } },
  { what: "several holders' permits", before: two, call: [2, 1], count: 2, after: {} },
  {
    what: "a holder's permits once",
    before: two,
    call: [1, 1],
    count: 1,
    after: { held: { 2: "a" } },
  },
  { what: "nothing of a claim without permits", before: two, call: [3], count: 0, after: two },
  {
    what: "a holder's permits, and forgets its overrun",
    before: { ...two, ...overrun },
    call: [1],
    count: 1,
    after: { held: { 2: "a" } },
  },
  {
    what: "nothing of an overrun without permits, and forgets it",
    before: overrun,
    call: [1],
    count: 0,
    after: {},
  },
];

test.each(titled(releases))("release_permits: returns %s", async (_, row) => {
  const { before, call, count, after } = row;
  const scene = await openPermitScene(store, before);
  expect(await releasePermits(store, call.map(holderOf))).toBe(count);
  expect(await scene.readState()).toEqual(after);
});

/** Holder, score before the review, verdict. */
const reviews: readonly ReturnRow<readonly [number, string, "running" | "ended"]>[] = [
  {
    what: "a running claim keeps its permits until the next review",
    before: two,
    call: [[1, "1", "running"]],
    count: 0,
    after: { held: { 1: "~a b", 2: "a" } },
  },
  {
    what: "an ended claim loses its permits",
    before: two,
    call: [[1, "1", "ended"]],
    count: 1,
    after: { held: { 2: "a" } },
  },
  {
    what: "an ended claim loses its overrun too",
    before: { ...two, ...overrun },
    call: [[1, "1", "ended"]],
    count: 1,
    after: { held: { 2: "a" } },
  },
  {
    what: "all ended claims lose their permits",
    before: two,
    call: [
      [1, "1", "ended"],
      [2, "1", "ended"],
    ],
    count: 2,
    after: {},
  },
  {
    what: "each claim has its own verdict",
    before: two,
    call: [
      [1, "1", "ended"],
      [2, "1", "running"],
    ],
    count: 1,
    after: { held: { 2: "~a" } },
  },
  {
    what: "a holder that has asked since is left alone",
    before: two,
    call: [
      [1, "0", "ended"],
      [2, "2", "running"],
    ],
    count: 0,
    after: two,
  },
  {
    what: "a holder that has returned its permits since is left alone",
    before: two,
    call: [
      [3, "1", "ended"],
      [4, "1", "running"],
    ],
    count: 0,
    after: two,
  },
];

// The wrapper reads the claims, and with them it finds the verdicts.
test.each(titled(reviews))("review_permits: %s", async (_, row) => {
  const { before, call, count, after } = row;
  const scene = await openPermitScene(store, before);
  const { redis, keys } = store;
  const args = call.flatMap(([holder, ...rest]) => [holderName(holderOf(holder)), ...rest]);
  const text = scriptText("review_permits");
  const keyList = [keys.permitHolders, keys.permitsHeld];
  expect(await redis.eval(text, 2, ...keyList, keys.permits, reviewMs, ...args)).toEqual([
    "reviewed",
    count,
  ]);
  expect(await scene.readState()).toEqual(after);
});

interface OverrunRow {
  readonly what: string;
  readonly before: PermitRow;
  /** The scopes of claim 1. */
  readonly scopes: readonly string[];
  readonly after: PermitRow;
}

const json = '{"reason":"canceled"}';

const overruns: readonly OverrunRow[] = [
  {
    what: "a claim without a capped scope gets an entry alone",
    before: {},
    scopes: [],
    after: { overruns: { 1: `~${json}` } },
  },
  {
    what: "a claim without a capped scope keeps the permits that it has",
    before: two,
    scopes: [],
    after: { ...two, overruns: { 1: `~${json}` } },
  },
  {
    what: "a holder keeps its permits until the next review",
    before: two,
    scopes: ["a", "b"],
    after: { held: { 1: "~a b", 2: "a" }, overruns: { 1: `~${json}` } },
  },
  {
    what: "a claim gets back the permits that a review has taken",
    before: { held: { 2: "a" } },
    scopes: ["a", "b"],
    after: { held: { 1: "~a b", 2: "a" }, overruns: { 1: `~${json}` } },
  },
  {
    what: "a holder keeps a permit that its process does not know of",
    before: { held: { 1: "backfill:bf_A a" } },
    scopes: ["a", "b"],
    after: { held: { 1: "~backfill:bf_A a b" }, overruns: { 1: `~${json}` } },
  },
  {
    what: "a second call keeps the first entry",
    before: { ...two, ...overrun },
    scopes: ["a", "b"],
    after: { held: { 1: "~a b", 2: "a" }, ...overrun },
  },
];

// The wrapper has a fixed time until the next review.
test.each(titled(overruns))("note_overrun: %s", async (_, { before, scopes, after }) => {
  const scene = await openPermitScene(store, before);
  const { redis, keys } = store;
  const keyList = [keys.overruns, keys.permitHolders, keys.permitsHeld];
  keyList.push(...scopes.map(keys.permitScope));
  const args = [holderName(holderOf(1)), json, reviewMs, ...scopes];
  const text = scriptText("note_overrun");
  expect(await redis.eval(text, keyList.length, ...keyList, ...args)).toEqual(["noted"]);
  expect(await scene.readState()).toEqual(after);
});
