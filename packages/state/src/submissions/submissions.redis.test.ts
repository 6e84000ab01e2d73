import { keyTable } from "../store/keyTable.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
const root = store.keys.backfillRoot;

const reserve = {
  keys: [":submission:k"],
  args: ["digest", "bf_A", "1000", '["sales"]', '{"regions":"1-0"}', 3_600_000],
};
const values = {
  backfill: "bf_A",
  planned: "1000",
  assets: '["sales"]',
  dynamic: '{"regions":"1-0"}',
};
const known = { version: "1", digest: "digest", ...values };
const earlier = { ...known, backfill: "bf_E", planned: "7", assets: '["raw"]', dynamic: "" };

keyTable(store, root, "reserve_submission", [
  {
    title: "binds a new key for an hour",
    before: { ":submission:other": earlier },
    ...reserve,
    reply: ["reserved", ...Object.values(values)],
    changes: { ":submission:k": known, ":submission:k expires": "now+60m" },
    again: ["reserved", ...Object.values(values)],
  },
  {
    title: "answers an equal request with the values of the first, and prolongs nothing",
    before: { ":submission:k": earlier },
    ...reserve,
    reply: ["reserved", "bf_E", "7", '["raw"]', ""],
  },
  {
    title: "a submission of a version without dynamic keys",
    before: { ":submission:k": { digest: "digest", backfill: "bf_E", planned: "7", assets: "[]" } },
    ...reserve,
    reply: ["reserved", "bf_E", "7", "[]", ""],
  },
  {
    title: "refuses the key for another request",
    before: { ":submission:k": { ...earlier, digest: "other" } },
    ...reserve,
    reply: ["conflict", "bf_E"],
  },
  ...(["digest", "backfill", "planned", "assets"] as const).map((field) => ({
    title: `says that the field "${field}" is lost`,
    before: {
      ":submission:k": Object.fromEntries(
        Object.entries(earlier).filter(([name]) => name !== field),
      ),
    },
    ...reserve,
    reply: ["unreadable"],
  })),
]);

const mend = { keys: [":submission:k"], args: ["bf_A", "8", '["sales"]', "{}"] };
const mended = { planned: "8", assets: '["sales"]', dynamic: "{}" };

keyTable(store, root, "mend_submission", [
  {
    title: "writes the fields that are lost",
    before: { ":submission:k": { digest: "digest", backfill: "bf_A", planned: "{" } },
    ...mend,
    reply: ["mended"],
    changes: { ":submission:k": { digest: "digest", backfill: "bf_A", ...mended } },
    again: ["mended"],
  },
  {
    title: "leaves the submission of another backfill",
    before: { ":submission:k": earlier },
    ...mend,
    reply: ["changed"],
  },
  { title: "creates none that has expired", before: {}, ...mend, reply: ["changed"] },
]);
