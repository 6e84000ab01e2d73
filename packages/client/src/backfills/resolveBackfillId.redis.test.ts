import { openStateStore, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resolveBackfillId } from "./resolveBackfillId.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const [oldest, older, newest] = ["01JD3K9V0A", "01JD3K9V0B", "01JE000000"].map(
  (beginning) => `bf_${beginning.padEnd(26, "0")}`,
);
let store: StateStore;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
});
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

test("the only beginning of an id, or latest, names a backfill", async () => {
  await expect(resolveBackfillId(store, "latest")).rejects.toMatchObject({
    code: "INFILL_BACKFILL_UNKNOWN",
    message: expect.stringContaining("there is none yet"),
  });
  for (const [at, id] of [oldest, older, newest].entries())
    await store.redis.zadd(store.keys.backfillIndex, at, id ?? "");
  for (const [text, id] of [
    ["latest", newest],
    ["bf_01JE", newest],
    ["01je0", newest],
    ["BF_01jd3k9v0a", oldest],
    [older, older],
    // A complete id is returned as it is, known or not.
    [`bf_${"Z".repeat(26)}`, `bf_${"Z".repeat(26)}`],
  ] as const)
    expect(await resolveBackfillId(store, text ?? "")).toBe(id);
});

test("an ambiguous beginning is refused with its ids, an unknown or short one as unknown", async () => {
  await expect(resolveBackfillId(store, "bf_01JD3K")).rejects.toMatchObject({
    code: "INFILL_BACKFILL_AMBIGUOUS",
    message: `"bf_01JD3K" begins 2 backfill ids: ${older}, ${oldest}. Write more characters of the id.`,
  });
  for (const text of ["bf_01J", "bf_", "", "bf_01ZZ", "*", "sales"])
    await expect(resolveBackfillId(store, text)).rejects.toMatchObject({
      code: "INFILL_BACKFILL_UNKNOWN",
    });
});
