import { expect, test } from "vitest";
import { setLedgerControl, setBackfillCap } from "../index.ts";
import { keyTable } from "../store/keyTable.testing.ts";
import { openTableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

test.each([
  { known: undefined, revision: 0, isApplied: true },
  { known: undefined, revision: 1, isApplied: true },
  { known: 5, revision: 4, isApplied: false },
  { known: 5, revision: 5, isApplied: true },
  { known: 5, revision: 6, isApplied: true },
  // An unreadable revision counts as none.
  { known: "{", revision: 1, isApplied: true },
])(
  "set_ledger_control: a ledger at revision $known applies $revision: $isApplied",
  async ({ known, revision, isApplied }) => {
    const scene = await openTableScene(store, { ledgers: { bf_A: {} } });
    const name = scene.registered.asset.name;
    const ledger = store.keys.ledger(name, "bf_A");
    if (known !== undefined) await store.redis.hset(ledger, "control_revision", known);
    expect(await setLedgerControl(store, name, "bf_A", "paused", revision)).toBe(isApplied);
    expect(await store.redis.hmget(ledger, "control", "control_revision")).toEqual(
      isApplied ? ["paused", `${revision}`] : ["running", `${known}`],
    );
  },
);

test("set_ledger_control and cap_ledger: do not create a ledger", async () => {
  const scene = await openTableScene(store, { ledgers: {} });
  const name = scene.registered.asset.name;
  expect(await setLedgerControl(store, name, "bf_none", "paused", 1)).toBe(false);
  await setBackfillCap(store, "bf_none", 3, [name]);
  await setBackfillCap(store, "bf_none", undefined, [name]);
  expect(await store.redis.exists(store.keys.ledger(name, "bf_none"))).toBe(0);
});

const root = store.keys.root("capped");
const cap = (capped: 0 | 1) => ({ keys: [":ledger:bf_A"], args: [capped] });
const ledger = { control: "running" };

keyTable(store, root, "cap_ledger", [
  {
    title: "claims need permits from now on",
    before: { ":ledger:bf_A": ledger, ":ledger:bf_B": ledger },
    ...cap(1),
    reply: ["capped"],
    changes: { ":ledger:bf_A": { ...ledger, capped: "1" } },
    again: ["capped"],
  },
  {
    title: "claims need none any more",
    before: { ":ledger:bf_A": { ...ledger, capped: "1" } },
    ...cap(0),
    reply: ["free"],
    changes: { ":ledger:bf_A": ledger },
    again: ["free"],
  },
  { title: "creates no ledger", before: {}, ...cap(1), reply: ["unknown"] },
]);
