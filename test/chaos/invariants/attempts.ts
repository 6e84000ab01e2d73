import type { Invariant } from "./invariant.ts";

/** Attempts are counted right, and claims have names of their own. */
export const attempts: Invariant = {
  id: "I14",
  says: "attempts ≤ configured + deaths injected + starts that a pause or a stopped worker ended; a claim id names one claim",
  check({ executions, scenario, backfills }) {
    const wrong: string[] = [];
    const deaths = scenario.roles.filter(
      (role) => role.kind === "worker" && role.isInjected,
    ).length;
    const stopped = scenario.roles.filter(
      (role) => role.kind === "worker" && !role.isInjected && role.exit !== undefined,
    ).length;
    for (const { start } of executions) {
      const pauses = scenario.acknowledgements.filter(
        ({ what, backfillId }) => what === "paused" && backfillId === start.backfill,
      ).length;
      const request = backfills.find(({ id }) => id === start.backfill)?.detail.request;
      const asset = scenario.project.graph.assets.get(start.asset);
      const configured = (request?.retry ?? asset?.retry)?.maxAttempts ?? 1;
      if (start.attempt > configured + deaths + stopped + pauses)
        wrong.push(
          `${start.asset} ${start.key} was tried ${start.attempt} times; ${configured} are configured and ${deaths} processes died`,
        );
    }
    const places = new Map<string, string>();
    for (const {
      asset,
      place,
      session,
      number,
      backfillId,
      attempt,
    } of scenario.observer.claims.values()) {
      const claim = `${session} ${number}`;
      const what = `${asset} ${place} ${backfillId} ${attempt}`;
      const known = places.get(claim);
      if (known !== undefined && known !== what)
        wrong.push(`claim ${claim} named ${known} and ${what}`);
      places.set(claim, what);
    }
    return wrong;
  },
};
