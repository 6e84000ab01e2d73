import type { Invariant } from "./invariant.ts";

/** What a client was told is true. */
export const acknowledged: Invariant = {
  id: "I13",
  says: "every backfill that was acknowledged exists, and whichever ended had ended",
  async check({ scenario }) {
    const wrong: string[] = [];
    const { items } = await scenario.client.listBackfills({ limit: 1_000 });
    const known = new Set(items.map(({ id }) => id));
    for (const { what, backfillId } of scenario.acknowledgements)
      if (!known.has(backfillId))
        wrong.push(`${backfillId} was acknowledged as ${what} and is not there`);
    return wrong;
  },
};
