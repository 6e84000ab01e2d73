import { eventually } from "@infill/test-support";
import type { Evidence } from "../evidence.ts";
import type { Fault } from "../fault.ts";
import { allBut } from "../invariants/index.ts";
import { staticKeys } from "../processes/changingAssets.ts";
import type { Scenario } from "../scenario.ts";

/** Each in a backfill of its own. */
const cases = [
  "keyRemoved",
  "keyInserted",
  "startEarlier",
  "startLater",
  "endEarlier",
  "assetRemoved",
  "mappingUpstream+",
  "cadenceChanged",
] as const;

/** F59: planners and workers are restarted with other definitions while backfills run. */
export const definitionsChanged: Fault = {
  id: "F59",
  what: "planners and workers are restarted with definitions in which keys were removed and inserted, start and end moved, an asset removed, a mapping changed, an upstream added; and with another cadence",
  promises: ["P17"],
  // What has to come before what changes with the mapping.
  invariants: allBut("I6"),
  outcome: "any",
  scenario: () => ({
    window: 8,
    concurrency: 2,
    // All that runs is restarted; its backfills are each other's bystanders.
    hasIndependent: false,
    settings: { definitions: "before", leastMs: 60, mostMs: 100 },
  }),
  async submit(scenario) {
    const ids: string[] = [];
    for (const assets of cases) {
      // So that what the deploy takes away has not run by then.
      const order = assets === "startLater" ? "newest" : "oldest";
      ids.push(await scenario.submit({ assets, order, maxPartitionsPerRun: 2 }));
    }
    return ids;
  },
  async inject(scenario, ids) {
    const before = [...scenario.alive("worker"), ...scenario.alive("planner")];
    await Promise.all(before.map(({ process }) => process.stop()));
    const changed = ids[cases.indexOf("cadenceChanged")] ?? "";
    await expectPaused(scenario, changed);
    const removed = await keysToRemove(scenario, ids[cases.indexOf("keyRemoved")] ?? "");
    scenario.count("removed", removed.length);
    const settings = { definitions: "after", removed } as const;
    await Promise.all([
      scenario.start("planner", { settings }),
      scenario.start("worker", { settings }),
      scenario.start("worker", { settings }),
    ]);
    const resumedMs = Date.now();
    await scenario.client.backfills.resume(changed, { actor: "chaos" });
    scenario.acknowledge("resumed", changed, resumedMs);
    // Nobody knows the removed asset any more: its backfill waits, and can be canceled.
    const waiting = ids[cases.indexOf("assetRemoved")] ?? "";
    for (const id of ids) if (id !== waiting) await scenario.ended(id, 60_000);
    const askedMs = Date.now();
    await scenario.client.backfills.cancel(waiting, { actor: "chaos" });
    scenario.acknowledge("canceled", waiting, askedMs);
  },
  check(evidence) {
    return [...evidence.scenario.notes, ...cases.flatMap((name) => judge(evidence, name))];
  },
};

/** A planner whose cadence differs from what is recorded pauses the backfill of that asset, says why, and plans the others. */
async function expectPaused(scenario: Scenario, id: string): Promise<void> {
  const role = await scenario.start("planner", { settings: { definitions: "cadence" } });
  const detail = () => scenario.client.backfills.get(id);
  await eventually(async () => (await detail()).status === "paused", {
    timeoutMs: 60_000,
    what: "the planner with another cadence to pause its backfill",
  });
  const { pause } = await detail();
  if (!/cadenceChanged/.test(pause?.reason ?? ""))
    scenario.note(`a backfill paused for another cadence says: ${pause?.reason}`);
  await role.process.stop();
}

/** Some that are in the window by now, their jobs in the queue, and the last two, which are not. */
async function keysToRemove(scenario: Scenario, id: string): Promise<string[]> {
  const plane = scenario.keys.ledgerPlane("keyRemoved", id, "", "queued", 0);
  const queued: string[] = [];
  for (const [ordinal, key] of staticKeys.entries())
    if ((await scenario.redis.getbit(plane, ordinal)) === 1) queued.push(key);
  if (queued.length === 0) scenario.note("no key was in the window when the definitions changed");
  return [...new Set([...queued.slice(0, 2), ...staticKeys.slice(-2)])];
}

/** The documented outcome of one case. */
function judge({ backfills, scenario }: Evidence, name: (typeof cases)[number]): string[] {
  const id = scenario.acknowledgements[cases.indexOf(name)]?.backfillId;
  const backfill = backfills.find((entry) => entry.id === id);
  if (backfill === undefined) return [`the backfill of ${name} is gone`];
  const { status, counts } = backfill.detail;
  const told = `${name}: ${status} ${JSON.stringify(counts)}`;
  switch (name) {
    case "keyRemoved": {
      const removed = scenario.counted("removed");
      return status === "failed" && counts.failed === removed && counts.succeeded === 40 - removed
        ? []
        : [`${told}; expected the ${removed} removed keys to fail and the others to succeed`];
    }
    case "startLater":
    case "endEarlier":
      return status === "failed" && counts.failed === 5 && counts.succeeded === 35
        ? []
        : [`${told}; expected the 5 days that are gone to fail and 35 to succeed`];
    case "assetRemoved":
      return status === "canceled" ? [] : [`${told}; expected it to wait, and to be canceled`];
    default:
      return status === "succeeded" ? [] : [`${told}; expected all to succeed`];
  }
}
