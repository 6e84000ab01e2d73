import { expect, test } from "vitest";
import { forgetNumber } from "../index.ts";
import { keyTable } from "../store/keyTable.testing.ts";
import { openTableScene } from "../store/tableScene.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.root("sales");

/** A page of records that names these backfill numbers, from offset 0 on. */
const page = (...numbers: readonly number[]) =>
  numbers
    .map((number) => {
      const bytes = [number >> 16, number >> 8, number].map((byte) => byte & 255);
      return "\x01".repeat(10) + String.fromCharCode(...bytes) + "\x01".repeat(6);
    })
    .join("")
    .padEnd(128 * 19, "\0");
/** Another byte of it is 7 than the last. */
const similar = [7 * 256, 7 * 65_536, 256 + 7];

const forget = (last: 0 | 1, errors: "drop" | "keep", ...pages: readonly string[]) => ({
  keys: [
    ...[":backfills", ":ledger:bf_A"],
    ...pages.flatMap((name) => [`:records:${name}`, `:errors:${name}`]),
  ],
  args: [7, last, errors],
});
const numbers = { ":backfills": { "7": "bf_A", "8": "bf_B" } };
const forgotten = { ":backfills": { "8": "bf_B" } };
const texts = { "0": "e0", "1": "e1", "2": "e2" };

keyTable(store, root, "forget_number", [
  {
    title: "forgets a number that no page names",
    before: { ...numbers, ":records::0": page(8, ...similar), ":errors::0": texts },
    ...forget(1, "drop", ":0", ":1"),
    reply: ["unnamed"],
    changes: forgotten,
    again: ["unnamed"],
  },
  {
    title: "keeps it while more pages follow",
    before: { ...numbers, ":records::0": page(8) },
    ...forget(0, "drop", ":0"),
    reply: ["unnamed"],
  },
  {
    title: "keeps a number that the last record of a page names",
    before: { ...numbers, ":records::0": page(...Array.from({ length: 127 }, () => 8), 7) },
    ...forget(1, "keep", ":0"),
    reply: ["named"],
  },
  {
    title: "keeps a number that the second page names",
    before: { ...numbers, ":records::0": page(8), ":records:2.1:-1": page(7) },
    ...forget(1, "keep", ":0", "2.1:-1"),
    reply: ["named"],
  },
  {
    title: "keeps the errors of a backfill that a user deletes",
    before: { ...numbers, ":records::0": page(7), ":errors::0": texts },
    ...forget(0, "keep", ":0"),
    reply: ["named"],
  },
  {
    title: "drops the errors of its failures, on all pages, and of nobody else's",
    before: {
      ...numbers,
      ":records::0": page(7, 8, 7),
      ":errors::0": texts,
      ":records::1": page(8, 7),
      ":errors::1": texts,
    },
    ...forget(0, "drop", ":0", ":1"),
    reply: ["named"],
    changes: { ":errors::0": { "1": "e1" }, ":errors::1": { "0": "e0", "2": "e2" } },
    again: ["named"],
  },
  {
    title: "a number of three bytes",
    before: { ":backfills": { "459528": "bf_A" }, ":records::0": page(459_528) },
    ...forget(1, "keep", ":0"),
    args: [459_528, 1, "keep"],
    reply: ["named"],
  },
  {
    title: "writes nothing while a claim runs",
    before: {
      ...numbers,
      ":ledger:bf_A": { in_progress: "1" },
      ":records::0": page(7),
      ":errors::0": texts,
    },
    ...forget(1, "drop", ":0"),
    reply: ["running"],
  },
  {
    title: "an unreadable count of claims holds nothing up",
    before: { ...numbers, ":ledger:bf_A": { in_progress: "{" } },
    ...forget(1, "drop"),
    reply: ["unnamed"],
    changes: forgotten,
  },
  {
    title: "refuses while the asset is renamed",
    before: { ...numbers, ":meta": { operation: "rename orders" } },
    ...forget(1, "drop"),
    reply: expect.stringMatching(/^CHANGING rename orders/),
  },
]);

test.each(["{", "", "1.5", "-1"])("a ledger whose number is %j can be deleted", async (number) => {
  const { registered } = await openTableScene(store, { ledgers: { bf_A: {} } });
  const { name } = registered.asset;
  await store.redis.hset(store.keys.ledger(name, "bf_A"), "number", number);
  await forgetNumber(store, name, "bf_A", "drop");
  expect(await store.redis.hgetall(store.keys.assetBackfills(name))).toEqual({ "1": "bf_A" });
});
