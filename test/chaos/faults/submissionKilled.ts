import type { CrashStep } from "@infill/core";
import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import type { Scenario } from "../scenario.ts";

const steps: readonly CrashStep[] = [
  "after:submission",
  "after:ledger",
  "after:ledgers",
  "after:record",
];

/** F17: a client dies before the answer to its submission, and submits again with the same key. */
export const submissionKilled: Fault = {
  id: "F17",
  what: "a process that submits dies after each of its writes, and is started again with the same idempotency key",
  promises: ["P1"],
  invariants: allInvariants,
  sparesIndependent: true,
  scenario: () => ({ lastsMs: 2_000 }),
  async inject(scenario) {
    for (const step of steps) {
      const request = { assets: "chain", reprocess: "all", idempotencyKey: `key ${step}` };
      const doomed = submitInProcess(scenario, request, step);
      if ((await doomed.process.exited).signal !== "SIGKILL")
        scenario.note(`a submission survived the step ${step}`);
      const told = new Set<string>();
      for (let again = 0; again < 2; again++) {
        const { process } = submitInProcess(scenario, request);
        await process.exited;
        told.add(/"id":"(bf_\w+)"/.exec(process.stdout)?.[1] ?? "nothing");
      }
      const [id = "nothing"] = told;
      if (told.size !== 1 || id === "nothing")
        scenario.note(
          `after a death at ${step} repeated submissions were told ${[...told].join(" and ")}`,
        );
      else scenario.acknowledge("created", id);
    }
  },
  check: onlyAcknowledged,
};

/** F18: what submits for each tick is doubled, and dies before it submits and before it notes that it has. */
export const tickSubmittedTwice: Fault = {
  id: "F18",
  what: "two submitters of one tick at once; one that dies before it submits, and one before it notes that it has; three ticks each",
  promises: ["P1"],
  invariants: allInvariants,
  sparesIndependent: true,
  scenario: () => ({ lastsMs: 2_000 }),
  async inject(scenario) {
    for (let tick = 0; tick < 3; tick++) {
      const request = { assets: "chain", reprocess: "all", idempotencyKey: `tick ${tick}` };
      // A client that dies before it submits has written nothing. The next client submits for that tick.
      const dooms = scenario.random.pick<CrashStep>(["after:submission", "after:record"]);
      const doomed = submitInProcess(scenario, request, dooms);
      const others = [submitInProcess(scenario, request), submitInProcess(scenario, request)];
      await Promise.all([doomed, ...others].map(({ process }) => process.exited));
      const told = new Set(
        others.map(({ process }) => /"id":"(bf_\w+)"/.exec(process.stdout)?.[1] ?? "nothing"),
      );
      const [id = "nothing"] = told;
      if (told.size !== 1 || id === "nothing")
        scenario.note(`tick ${tick} was told ${[...told].join(" and ")}`);
      else scenario.acknowledge("created", id);
    }
  },
  check: onlyAcknowledged,
};

function submitInProcess(scenario: Scenario, request: object, step?: CrashStep) {
  const crash: Record<string, string> = step === undefined ? {} : { INFILL_CRASH_AT: step };
  const env = { CHAOS_REQUEST: JSON.stringify(request), ...crash };
  const role = scenario.spawn("submit", { env });
  role.isInjected = step !== undefined;
  return role;
}

/** One backfill for each key, and none that nobody was told of. */
async function onlyAcknowledged({ scenario }: Parameters<NonNullable<Fault["check"]>>[0]) {
  const { items } = await scenario.client.backfills.list({ limit: 1_000 });
  const told = new Set(scenario.acknowledgements.map(({ backfillId }) => backfillId));
  const wrong = [...scenario.notes];
  if (items.length !== told.size)
    wrong.push(`there are ${items.length} backfills, and clients were told of ${told.size}`);
  return wrong;
}
