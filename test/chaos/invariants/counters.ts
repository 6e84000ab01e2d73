import type { Invariant } from "./invariant.ts";

/** Counters are what the bits say. */
export const counters: Invariant = {
  id: "I2",
  says: "every counter equals the bits of its plane",
  check({ backfills }) {
    const wrong: string[] = [];
    for (const { id, ledgers } of backfills) {
      for (const { asset, counters, succeeded, failed, skipped, canceled, queued } of ledgers) {
        const expected = {
          succeeded: succeeded.size,
          failed: failed.size,
          skipped: skipped.size,
          canceled: canceled.size,
          queued: queued.size,
        };
        for (const [name, bits] of Object.entries(expected)) {
          const count = counters[name as keyof typeof expected];
          if (count !== bits)
            wrong.push(`${id} ${asset} counts ${count} ${name} and has ${bits} bits`);
        }
      }
    }
    return wrong;
  },
};
