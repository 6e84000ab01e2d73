import type { Invariant } from "./invariant.ts";

/** What a client was told is true. */
export const acknowledged: Invariant = {
  id: "I13",
  says: "every backfill that was acknowledged exists, by its id and in the list",
  async check({ scenario, lost }) {
    const wrong = lost.map((id) => `${id} was acknowledged and is unknown`);
    const { items } = await scenario.client.backfills.list({ limit: 1_000 });
    const known = new Set(items.map(({ id }) => id));
    for (const { what, backfillId } of scenario.acknowledgements)
      if (!known.has(backfillId))
        wrong.push(`${backfillId} was acknowledged as ${what} and is not in the list`);
    return wrong;
  },
};
