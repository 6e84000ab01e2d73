import { isFinalStatus } from "@infill/core";
import type { Invariant } from "./invariant.ts";

/** Every selected partition has one outcome, and nothing else has one. */
export const outcomes: Invariant = {
  id: "I1",
  says: "selected = succeeded ⊎ failed ⊎ skipped ⊎ canceled ⊎ unsettled, and none is unsettled when the backfill has ended",
  check({ backfills }) {
    const wrong: string[] = [];
    for (const { id, detail, ledgers } of backfills) {
      const isOver = isFinalStatus(detail.status);
      if (!isOver)
        wrong.push(`${id} has not ended: ${detail.status}, ${JSON.stringify(detail.counts)}`);
      for (const { asset, selected, settled, failed, skipped, canceled, counters } of ledgers) {
        const stray = [...settled, ...failed, ...skipped, ...canceled].filter(
          (key) => !selected.has(key),
        );
        if (stray.length > 0)
          wrong.push(
            `${id} ${asset} settled what it did not select: ${stray.slice(0, 3).join(", ")}`,
          );
        const both = [...failed, ...canceled].filter(
          (key) => skipped.has(key) || (failed.has(key) && canceled.has(key)),
        );
        if (both.length > 0)
          wrong.push(`${id} ${asset} has two outcomes for ${both.slice(0, 3).join(", ")}`);
        const loose = [...failed, ...skipped, ...canceled].filter((key) => !settled.has(key));
        if (loose.length > 0)
          wrong.push(
            `${id} ${asset} has outcomes that did not settle: ${loose.slice(0, 3).join(", ")}`,
          );
        if (counters.selected !== selected.size)
          wrong.push(`${id} ${asset} counts ${counters.selected} selected of ${selected.size}`);
        const open = [...selected].filter((key) => !settled.has(key));
        if (isOver && detail.status !== "canceled" && open.length > 0)
          wrong.push(
            `${id} ${asset} is ${detail.status} with ${open.length} unsettled: ${open.slice(0, 3).join(", ")}`,
          );
      }
    }
    return wrong;
  },
};
