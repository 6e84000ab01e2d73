import { commandAgreement } from "./commandAgreement.ts";
import type { Invariant } from "./invariant.ts";

/** Whoever asks gets the same numbers. */
export const agreement: Invariant = {
  id: "I16",
  says: "what the client and the command tell equals what the planes hold, and the doctor finds nothing",
  async check(evidence) {
    const { backfills, assets, scenario, doctor } = evidence;
    const wrong = commandAgreement(evidence);
    for (const { id, detail, ledgers } of backfills) {
      for (const { asset, succeeded, failed, skipped, selected } of ledgers) {
        const told = detail.byAsset.find((entry) => entry.asset === asset)?.counts;
        const held = {
          selected: selected.size,
          succeeded: succeeded.size,
          failed: failed.size,
          skipped: skipped.size,
        };
        for (const [name, count] of Object.entries(held)) {
          if (told?.[name as keyof typeof held] !== count)
            wrong.push(
              `${id} ${asset}: the client tells ${told?.[name as keyof typeof held]} ${name}, the planes hold ${count}`,
            );
        }
      }
    }
    for (const { asset, materialized } of assets) {
      const counts = await scenario.client.partitions.count(asset);
      if (counts.materialized !== materialized.size)
        wrong.push(
          `${asset}: the client tells ${counts.materialized} materialized, the plane holds ${materialized.size}`,
        );
      if (counts.inProgress !== 0)
        wrong.push(`${asset}: the client tells ${counts.inProgress} in progress`);
    }
    for (const { check, asset, problem } of doctor.findings)
      wrong.push(`the doctor finds ${check} ${asset ?? ""}: ${problem}`);
    return wrong;
  },
};
