import { expect, test } from "vitest";
import { expandDelivery, redeliverParked, type TakenDelivery, takeDelivery } from "../index.ts";
import { type DeliveryRow, laterMs, openDeliveryScene } from "./deliveryScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

/** A delivery that taker "t" has taken. */
function taken(delivery: string): TakenDelivery {
  const [deliveryId = "", target] = delivery.split(" ");
  const [backfillId = "", sequence] = deliveryId.split("-");
  return {
    ...{ kind: "taken", deliveryId, backfillId, sequence: Number(sequence), target },
    ...{ taker: "t", attempts: 1, atMs: 5, summary: "{}" },
  };
}

/** Rows with their titles, which "$what" would cut off. */
function titled<Row extends { readonly what: string }>(rows: readonly Row[]) {
  return rows.map((row) => [row.what, row] as const);
}

const summary = { summary: "{}", status: "failed", finished: "5" };

interface TakeRow {
  readonly what: string;
  readonly before: DeliveryRow;
  /** The answer's delivery, attempts and finished, or "none". */
  readonly answer: string;
  /** The state after, but for the taker. */
  readonly after: DeliveryRow;
}

const takes: readonly TakeRow[] = [
  { what: "there is no delivery", before: {}, answer: "none", after: {} },
  {
    what: "no delivery is due yet",
    before: { due: { "A-1": "later" }, summaries: { "A-1": summary } },
    answer: "none",
    after: { due: { "A-1": "later" }, summaries: { "A-1": summary } },
  },
  {
    what: "a delivery is leased, and its attempt counted",
    before: { due: { "A-1": "2" }, summaries: { "A-1": summary } },
    answer: "A-1 1 5",
    after: { due: { "A-1": "later" }, summaries: { "A-1": { ...summary, "attempts A-1": "1" } } },
  },
  {
    what: "the one that has been due for the longest time comes first",
    before: { due: { "A-1": "3", "B-1": "2" }, summaries: { "A-1": summary, "B-1": summary } },
    answer: "B-1 1 5",
    after: {
      due: { "A-1": "3", "B-1": "later" },
      summaries: { "A-1": summary, "B-1": { ...summary, "attempts B-1": "1" } },
    },
  },
  {
    what: "after the lease another taker gets the delivery",
    before: {
      due: { "A-1 hook": "2" },
      summaries: { "A-1": { ...summary, "taker A-1 hook": "dead", "attempts A-1 hook": "3" } },
    },
    answer: "A-1 hook 4 5",
    after: {
      due: { "A-1 hook": "later" },
      summaries: { "A-1": { ...summary, "attempts A-1 hook": "4" } },
    },
  },
  {
    what: "an unreadable number of attempts starts again",
    before: {
      due: { "A-1": "2" },
      summaries: { "A-1": { ...summary, "attempts A-1": "many" } },
    },
    answer: "A-1 1 5",
    after: { due: { "A-1": "later" }, summaries: { "A-1": { ...summary, "attempts A-1": "1" } } },
  },
  {
    what: "a target whose name ends like a delivery, and a sequence of two digits",
    before: { due: { "A-12 hook-2": "2" }, summaries: { "A-12": summary } },
    answer: "A-12 hook-2 1 5",
    after: {
      due: { "A-12 hook-2": "later" },
      summaries: { "A-12": { ...summary, "attempts A-12 hook-2": "1" } },
    },
  },
  {
    what: "an unreadable delivery holds up no other, and stays for the doctor",
    before: { due: { junk: "1", "A-1": "2" }, summaries: { "A-1": summary } },
    answer: "A-1 1 5",
    after: {
      due: { junk: "later", "A-1": "later" },
      summaries: { "A-1": { ...summary, "attempts A-1": "1" } },
    },
  },
  {
    what: "an unreadable end is -1",
    before: { due: { "A-1": "2" }, summaries: { "A-1": { ...summary, finished: "noon" } } },
    answer: "A-1 1 -1",
    after: {
      due: { "A-1": "later" },
      summaries: { "A-1": { ...summary, finished: "noon", "attempts A-1": "1" } },
    },
  },
  {
    what: "a lost end is -1",
    before: { due: { "A-1": "2" }, summaries: { "A-1": { summary: "{}" } } },
    answer: "A-1 1 -1",
    after: {
      due: { "A-1": "later" },
      summaries: { "A-1": { summary: "{}", "attempts A-1": "1" } },
    },
  },
  {
    what: "deliveries of deleted backfills are removed",
    before: {
      due: { "A-1": "2", "A-2 hook": "3", "B-1": "4" },
      summaries: { "B-1": summary },
    },
    answer: "B-1 1 5",
    after: { due: { "B-1": "later" }, summaries: { "B-1": { ...summary, "attempts B-1": "1" } } },
  },
];

test.each(titled(takes))("take_delivery: %s", async (_, { before, answer, after }) => {
  const scene = await openDeliveryScene(store, before);
  const given = await takeDelivery(store, laterMs);
  if (given.kind === "none") {
    expect(answer).toBe("none");
    expect(await scene.readState()).toEqual(after);
    if (before.due === undefined) expect(given.dueInMs).toBeUndefined();
    else expect(Math.abs((given.dueInMs ?? 0) - laterMs)).toBeLessThan(60_000);
    return;
  }
  const { deliveryId, target, taker, attempts, atMs } = given;
  const delivery = target === undefined ? deliveryId : `${deliveryId} ${target}`;
  expect(`${delivery} ${attempts} ${atMs}`).toBe(answer);
  const fields = { ...after.summaries?.[deliveryId], [`taker ${delivery}`]: taker };
  expect(await scene.readState()).toEqual({
    ...after,
    summaries: { ...after.summaries, [deliveryId]: fields },
  });
  expect(taker).not.toBe("dead");
  expect(given.summary).toBe("{}");
});

test("take_delivery: one call removes at most 100 deliveries of deleted backfills", async () => {
  const due = Array.from({ length: 101 }, (_, at) => [`A-${at + 1}`, `${at + 1}`]);
  const scene = await openDeliveryScene(store, { due: Object.fromEntries(due) });
  expect(await takeDelivery(store, laterMs)).toEqual({ kind: "none", dueInMs: 0 });
  expect(await scene.readState()).toEqual({ due: { "A-101": "101" } });
  expect(await takeDelivery(store, laterMs)).toEqual({ kind: "none", dueInMs: undefined });
});

interface ExpandRow {
  readonly what: string;
  readonly before: DeliveryRow;
  readonly targets: readonly string[];
  readonly after: DeliveryRow;
}

const ofT = { ...summary, "taker A-1": "t", "attempts A-1": "1" };

const expansions: readonly ExpandRow[] = [
  {
    what: "each target gets a delivery that is due now",
    before: { due: { "A-1": "later" }, summaries: { "A-1": ofT } },
    targets: ["hook", "call"],
    after: {
      due: { "A-1 hook": "now", "A-1 call": "now" },
      summaries: {
        "A-1": { ...summary, "attempts A-1 hook": "0", "attempts A-1 call": "0", left: "2" },
      },
    },
  },
  {
    what: "the only target gets a delivery",
    before: { due: { "A-1": "later" }, summaries: { "A-1": ofT } },
    targets: ["hook"],
    after: {
      due: { "A-1 hook": "now" },
      summaries: { "A-1": { ...summary, "attempts A-1 hook": "0", left: "1" } },
    },
  },
  {
    what: "without targets the summary is deleted",
    before: { due: { "A-1": "later" }, summaries: { "A-1": ofT, "A-2": summary } },
    targets: [],
    after: { summaries: { "A-2": summary } },
  },
  {
    what: "a delivery that another one has taken since is left alone",
    before: { due: { "A-1": "later" }, summaries: { "A-1": { ...ofT, "taker A-1": "u" } } },
    targets: ["hook"],
    after: { due: { "A-1": "later" }, summaries: { "A-1": { ...ofT, "taker A-1": "u" } } },
  },
  {
    what: "a delivery that was expanded is left alone",
    before: { due: { "A-1 hook": "2" }, summaries: { "A-1": { ...summary, left: "1" } } },
    targets: ["hook", "call"],
    after: { due: { "A-1 hook": "2" }, summaries: { "A-1": { ...summary, left: "1" } } },
  },
  {
    what: "a delivery of a deleted backfill does not come back",
    before: {},
    targets: ["hook"],
    after: {},
  },
];

test.each(titled(expansions))("expand_delivery: %s", async (_, { before, targets, after }) => {
  const scene = await openDeliveryScene(store, before);
  await expandDelivery(store, taken("A-1"), targets);
  expect(await scene.readState()).toEqual(after);
});

interface RedeliverRow {
  readonly what: string;
  readonly before: DeliveryRow;
  /** Those that the call names, and then those of its answer. */
  readonly named: readonly string[];
  readonly answer: readonly string[];
  readonly after: DeliveryRow;
}

const failed = { "attempts A-1 hook": "9", "error A-1 hook": "500" };
const again = { ...summary, "attempts A-1 hook": "0", "error A-1 hook": "500" };
const parked = { parked: { "A-1 hook": "2", "A-1 call": "3" } };

const redeliveries: readonly RedeliverRow[] = [
  {
    what: "a parked delivery is due now with all its attempts, and its backfill's log says so",
    before: { ...parked, summaries: { "A-1": { ...summary, ...failed } }, logs: { A: "" } },
    named: ["A-1 hook"],
    answer: ["A-1 hook"],
    after: {
      due: { "A-1 hook": "now" },
      parked: { "A-1 call": "3" },
      summaries: { "A-1": again },
      logs: { A: "delivery_requested" },
    },
  },
  {
    what: "several are due once each",
    before: { ...parked, summaries: { "A-1": summary }, logs: { A: "" } },
    named: ["A-1 call", "A-1 hook", "A-1 call"],
    answer: ["A-1 call", "A-1 hook"],
    after: {
      due: { "A-1 call": "now", "A-1 hook": "now" },
      summaries: { "A-1": { ...summary, "attempts A-1 hook": "0", "attempts A-1 call": "0" } },
      logs: { A: "delivery_requested delivery_requested" },
    },
  },
  {
    what: "a backfill whose header is gone gets no log",
    before: { ...parked, summaries: { "A-1": summary } },
    named: ["A-1 hook"],
    answer: ["A-1 hook"],
    after: {
      due: { "A-1 hook": "now" },
      parked: { "A-1 call": "3" },
      summaries: { "A-1": { ...summary, "attempts A-1 hook": "0" } },
    },
  },
  {
    what: "a delivery that is not parked is left alone",
    before: {
      due: { "A-1 hook": "7" },
      summaries: { "A-1": { ...summary, ...failed } },
      logs: { A: "" },
    },
    named: ["A-1 hook"],
    answer: [],
    after: {
      due: { "A-1 hook": "7" },
      summaries: { "A-1": { ...summary, ...failed } },
      logs: { A: "" },
    },
  },
  {
    what: "a delivery whose summary is gone is removed",
    before: { ...parked, logs: { A: "" } },
    named: ["A-1 hook"],
    answer: [],
    after: { parked: { "A-1 call": "3" }, logs: { A: "" } },
  },
];

test.each(titled(redeliveries))("redeliver_parked: %s", async (_, row) => {
  const scene = await openDeliveryScene(store, row.before);
  const deliveries = row.named.map((name) => ({
    ...taken(name),
    ...{ event: "finished" as const, isParked: true, error: "" },
  }));
  const due = await redeliverParked(store, deliveries, { actor: "ann" });
  expect([...new Set(due.map(({ deliveryId, target }) => `${deliveryId} ${target}`))]).toEqual(
    row.answer,
  );
  expect(await scene.readState()).toEqual(row.after);
});
