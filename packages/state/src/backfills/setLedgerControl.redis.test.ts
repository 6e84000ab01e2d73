import { expect, test } from "vitest";
import { setLedgerControl, setBackfillCap } from "../index.ts";
import { openTableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

test.each([
  { known: undefined, revision: 0, isApplied: true },
  { known: undefined, revision: 1, isApplied: true },
  { known: 5, revision: 4, isApplied: false },
  { known: 5, revision: 5, isApplied: true },
  { known: 5, revision: 6, isApplied: true },
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

test("cap_ledger: the ledger records whether claims need a permit", async () => {
  const scene = await openTableScene(store, { ledgers: { bf_A: {} } });
  const name = scene.registered.asset.name;
  const capped = () => store.redis.hget(store.keys.ledger(name, "bf_A"), "capped");
  await setBackfillCap(store, "bf_A", 3, [name]);
  expect(await capped()).toBe("1");
  await setBackfillCap(store, "bf_A", undefined, [name]);
  expect(await capped()).toBeNull();
});
