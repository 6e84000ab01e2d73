import { expect, test } from "vitest";
import { changeDynamicKeys, scriptText } from "../index.ts";
import { keyTable, readKeys } from "../store/keyTable.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
let next = 1;

interface ChangeRow {
  readonly what: "added" | "removed";
  readonly keys: string;
  /** Every key that the definition ever had by ordinal; "-" before one that is removed. */
  readonly before: string;
  readonly after: string;
  /** The ordinals of the new entry in the stream; undefined if there is none. */
  readonly told: string | undefined;
}

const rows: readonly ChangeRow[] = [
  { what: "added", keys: "a", before: "", after: "a", told: "0" },
  { what: "added", keys: "a b c", before: "", after: "a b c", told: "0-2" },
  { what: "added", keys: "c", before: "a b", after: "a b c", told: "2" },
  { what: "added", keys: "a c", before: "a b", after: "a b c", told: "2" },
  { what: "added", keys: "a b", before: "a b", after: "a b", told: undefined },
  // A removed key keeps its ordinal.
  { what: "added", keys: "a", before: "-a b", after: "a b", told: "0" },
  { what: "added", keys: "c b a", before: "-a -b", after: "a b c", told: "2,1,0" },
  { what: "added", keys: "a b d", before: "-a -b c", after: "a b c d", told: "0-1,3" },
  { what: "removed", keys: "a", before: "a b", after: "-a b", told: "0" },
  { what: "removed", keys: "a b d", before: "a b c d", after: "-a -b c -d", told: "0-1,3" },
  { what: "removed", keys: "d a b", before: "a b c d", after: "-a -b c -d", told: "3,0-1" },
  { what: "removed", keys: "a b", before: "-a b", after: "-a -b", told: "1" },
  { what: "removed", keys: "a", before: "-a b", after: "-a b", told: undefined },
  { what: "removed", keys: "z", before: "a", after: "a", told: undefined },
  { what: "removed", keys: "z", before: "", after: "", told: undefined },
];

test.each(rows)(
  'change_dynamic_keys: of "$before", "$keys" $what leave "$after"',
  async ({ what, keys, before, after, told }) => {
    const { redis } = store;
    const name = `table${next++}`;
    const ordinals = store.keys.dynamicOrdinals(name);
    const names = store.keys.dynamicNames(name);
    const present = store.keys.dynamicPresent(name);
    const changes = store.keys.dynamicChanges(name);
    for (const [ordinal, word] of wordsOf(before).entries()) {
      const key = word.replace("-", "");
      await redis.rpush(names, key);
      await redis.hset(ordinals, key, ordinal);
      await redis.setbit(present, ordinal, word === key ? 1 : 0);
    }
    const early = before === "" ? "0-0" : await redis.xadd(changes, "*", "what", "added");

    const text = scriptText("change_dynamic_keys");
    const keyList = [ordinals, names, present, changes];
    const args = [what, '{"actor":"ann"}', ...keys.split(" ")];
    const answer: unknown = await redis.eval(text, keyList.length, ...keyList, ...args);

    const [newest] = await redis.xrevrange(changes, "+", "-", "COUNT", 1);
    const [id = "0-0", fields = []] = newest ?? [];
    if (told === undefined) expect(id).toBe(early);
    else expect(fields).toEqual(["what", what, "ordinals", told, "entry", '{"actor":"ann"}']);
    const known = new Set(wordsOf(before));
    const changed = wordsOf(after).filter((word) => !known.has(word)).length;
    expect(answer).toEqual(["changed", changed, id]);
    const held = await redis.lrange(names, 0, -1);
    const marks = await Promise.all(held.map((_, ordinal) => redis.getbit(present, ordinal)));
    expect(held.map((key, ordinal) => (marks[ordinal] === 1 ? key : `-${key}`))).toEqual(
      wordsOf(after),
    );
    expect(await redis.hgetall(ordinals)).toEqual(
      Object.fromEntries(held.map((key, ordinal) => [key, `${ordinal}`])),
    );
  },
);

function wordsOf(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}

const root = store.keys.dynamicNames("damaged").slice(0, -":names".length);

keyTable(
  store,
  root,
  "change_dynamic_keys",
  ["{", "", "1.5", "-1", "1234567890"].map((ordinal) => ({
    title: `gives no key an ordinal if one has the ordinal "${ordinal}"`,
    before: { ":ordinals": { a: "0", b: ordinal }, ":names": ["a", "b"], ":present": "\0" },
    keys: [":ordinals", ":names", ":present", ":changes"],
    args: ["added", "{}", "c", "a", "b"],
    reply: expect.stringMatching(/^UNREADABLE the ordinal of "b" /),
  })),
);

test("change_dynamic_keys: people are told which definition has an unreadable ordinal", async () => {
  await store.redis.hset(store.keys.dynamicOrdinals("damaged"), "a", "{");
  const before = await readKeys(store, root);
  const change = changeDynamicKeys(store, "damaged", "added", ["a"], {});
  await expect(change).rejects.toMatchObject({
    code: "INFILL_STATE_UNREADABLE",
    message: expect.stringContaining('"damaged"'),
  });
  expect(await readKeys(store, root)).toEqual(before);
});
