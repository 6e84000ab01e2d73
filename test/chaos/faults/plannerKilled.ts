import type { CrashStep } from "@infill/core";
import type { Evidence } from "../evidence.ts";
import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import { dayKey } from "../processes/chaosProject.ts";
import { weeksOf } from "../scenario.ts";

/** A planner's steps while there is work, after its reservations; the failure that leads to a skip comes last. */
const steps: readonly CrashStep[] = ["after:add", "after:observe"];

/** F14: planners die between two of their writes, one after another. */
export const plannerKilled: Fault = {
  id: "F14",
  what: "planners die one after another: after reserving, adding, reading settlements, skipping, before and after the end is marked",
  promises: ["P2", "P9", "P10"],
  invariants: allInvariants,
  outcome: "any",
  scenario: (partitions) => ({
    // Small, so that it is refilled often enough for every step to come; and large enough for pages of jobs that are added
    // after the answer to their reservation, not right behind it.
    window: Math.max(20, Math.min(48, Math.floor(partitions / 12))),
    lastsMs: 6_000,
    settings: {
      failing: [`source ${dayKey(7 * weeksOf(partitions) - 3)}`],
      // Once a planner waits to die of what follows from it.
      failsWhenTold: true,
    },
  }),
  async submit(scenario) {
    const retry = { maxAttempts: 2, backoffMs: 20 };
    return [await scenario.submit({ assets: "source+", retry })];
  },
  async inject(scenario, [id = ""]) {
    for (const planner of scenario.alive("planner")) await scenario.kill(planner);
    const { random } = scenario;
    const ended = scenario.ended(id, 60_000);
    const dooms: readonly (readonly [CrashStep, number])[] = [
      ["after:reserve", 1],
      ...steps
        .toSorted(() => random.next() - 0.5)
        .map((step) => [step, step === "after:add" ? 1 : random.between(1, 3)] as const),
      ["after:skip", 1],
      ["before:end", 1],
      ["after:end", 1],
    ];
    for (const [step, count] of dooms) {
      const env = { INFILL_CRASH_AT: `${step}#${count}` };
      const planner = scenario.spawn("planner", { env });
      planner.isInjected = true;
      if (step === "after:skip") {
        await planner.process.waitForLine("ready");
        scenario.tellToFail();
      }
      // The end is marked a moment before the last one dies.
      await Promise.race([planner.process.exited, ended.then(() => scenario.waitOut(2_000))]);
    }
    await scenario.start("planner");
  },
  check(evidence) {
    const wrong: string[] = [];
    // The first was killed as it was; the others died of their crash points.
    if (plannersDied(evidence) !== 7)
      wrong.push(`${plannersDied(evidence)} planners died; expected 7, one for each crash point`);
    const [backfill] = evidence.backfills;
    const counts = backfill?.detail.counts;
    // One day fails; its day downstream, its week and that week's report are skipped.
    if (backfill?.detail.status !== "failed" || counts?.failed !== 1 || counts.skipped !== 3)
      wrong.push(`the backfill is ${backfill?.detail.status} with ${JSON.stringify(counts)}`);
    return wrong;
  },
  figures: (evidence) => ({ plannersDied: plannersDied(evidence) }),
};

function plannersDied({ scenario }: Evidence): number {
  return scenario.roles.filter(({ kind, exit }) => kind === "planner" && exit?.signal === "SIGKILL")
    .length;
}
