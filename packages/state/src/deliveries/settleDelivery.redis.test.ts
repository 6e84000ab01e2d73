import { expect, test } from "vitest";
import { type DeliveryOutcome, settleDelivery, type TakenDelivery } from "../index.ts";
import { type DeliveryRow, laterMs, openDeliveryScene } from "./deliveryScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

/** The delivery of summary 1 of backfill A to "hook", which taker "t" has taken. */
const delivery: TakenDelivery = {
  ...{ kind: "taken", deliveryId: "A-1", backfillId: "A", sequence: 1, target: "hook" },
  ...{ taker: "t", attempts: 2, atMs: 5, summary: "{}" },
};
const delivered: DeliveryOutcome = { how: "delivered", log: { what: "delivered" } };
const again: DeliveryOutcome = { how: "again", delayMs: laterMs, error: "500" };
const parked: DeliveryOutcome = { how: "parked", error: "500", log: { what: "parked" } };

const summary = { summary: "{}", status: "failed", finished: "5" };
/** Two targets are left; "hook" is being sent for the second time. */
const sending = {
  ...{ ...summary, left: "2", "attempts A-1 call": "1" },
  ...{ "taker A-1 hook": "t", "attempts A-1 hook": "2", "error A-1 hook": "503" },
};
const { "taker A-1 hook": _, ...failed } = { ...sending, "error A-1 hook": "500" };
const due = { "A-1 hook": "3", "A-1 call": "4" };

interface SettleRow {
  readonly what: string;
  readonly outcome: DeliveryOutcome;
  readonly before: DeliveryRow;
  readonly after: DeliveryRow;
}

const rows: readonly SettleRow[] = [
  {
    what: "an accepted delivery is forgotten, and its summary stays for the other target",
    outcome: delivered,
    before: { due, summaries: { "A-1": sending }, logs: { A: "" } },
    after: {
      due: { "A-1 call": "4" },
      summaries: { "A-1": { ...summary, left: "1", "attempts A-1 call": "1" } },
      logs: { A: "delivered" },
    },
  },
  {
    what: "the last accepted delivery deletes the summary",
    outcome: delivered,
    before: {
      due: { "A-1 hook": "3" },
      summaries: { "A-1": { ...sending, left: "1" } },
      logs: { A: "" },
    },
    after: { logs: { A: "delivered" } },
  },
  {
    what: "an accepted delivery deletes a summary that has lost its count",
    outcome: delivered,
    before: {
      due: { "A-1 hook": "3" },
      summaries: { "A-1": { ...summary, "taker A-1 hook": "t" } },
      logs: { A: "" },
    },
    after: { logs: { A: "delivered" } },
  },
  {
    what: "a summary with an unreadable count stays",
    outcome: delivered,
    before: {
      due: { "A-1 hook": "3" },
      summaries: { "A-1": { ...sending, left: "two" } },
      logs: { A: "" },
    },
    after: {
      summaries: { "A-1": { ...summary, left: "two", "attempts A-1 call": "1" } },
      logs: { A: "delivered" },
    },
  },
  {
    what: "a backfill whose header is gone gets no log",
    outcome: delivered,
    before: { due, summaries: { "A-1": sending } },
    after: {
      due: { "A-1 call": "4" },
      summaries: { "A-1": { ...summary, left: "1", "attempts A-1 call": "1" } },
    },
  },
  {
    what: "a failed attempt is followed by another one, without a log",
    outcome: again,
    before: { due, summaries: { "A-1": sending }, logs: { A: "" } },
    after: {
      due: { "A-1 call": "4", "A-1 hook": "later" },
      summaries: { "A-1": failed },
      logs: { A: "" },
    },
  },
  {
    what: "the last failed attempt parks the delivery",
    outcome: parked,
    before: { due, summaries: { "A-1": sending }, logs: { A: "" } },
    after: {
      due: { "A-1 call": "4" },
      parked: { "A-1 hook": "now" },
      summaries: { "A-1": failed },
      logs: { A: "parked" },
    },
  },
];

test.each(rows.map((row) => [row.what, row] as const))("settle_delivery: %s", async (_, row) => {
  const scene = await openDeliveryScene(store, row.before);
  await settleDelivery(store, delivery, row.outcome);
  expect(await scene.readState()).toEqual(row.after);
  // A second call is lost.
  await settleDelivery(store, delivery, delivered);
  expect(await scene.readState()).toEqual(row.after);
});

test.each([delivered, again, parked])(
  "settle_delivery: $how changes nothing after another planner has taken the delivery",
  async (outcome) => {
    const before: DeliveryRow = {
      due,
      summaries: { "A-1": { ...sending, "taker A-1 hook": "u" } },
      logs: { A: "" },
    };
    const scene = await openDeliveryScene(store, before);
    await settleDelivery(store, delivery, outcome);
    expect(await scene.readState()).toEqual(before);
  },
);

test("settle_delivery: keeps the newest 1,000 parked deliveries, and forgets what older ones left", async () => {
  const others = Array.from({ length: 1_000 }, (_, at) => [`B-${at + 1} hook`, `${at + 1}`]);
  const before: DeliveryRow = {
    due: { "A-1 hook": "3" },
    // The oldest one's summary is gone; a second target of the next one is left.
    parked: { "D-1 hook": "0.5", "C-1 hook": "0.75", ...Object.fromEntries(others) },
    summaries: {
      "A-1": { ...sending, left: "1" },
      "C-1": { ...summary, left: "2", "attempts C-1 hook": "9", "error C-1 hook": "500" },
      "B-1": { ...summary, left: "1", "attempts B-1 hook": "9" },
      "B-2": { ...summary, left: "1", "attempts B-2 hook": "9" },
    },
  };
  const scene = await openDeliveryScene(store, before);
  await settleDelivery(store, delivery, parked);
  const state = await scene.readState();
  const kept = Object.keys(state.parked ?? {});
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([1_000, "B-2 hook", "A-1 hook"]);
  expect(state.summaries).toEqual({
    "A-1": { ...failed, left: "1" },
    "C-1": { ...summary, left: "1" },
    "B-2": before.summaries?.["B-2"],
  });
});
