import { isFinalStatus } from "@infill/core";
import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import { dayKey } from "../processes/chaosProject.ts";
import type { Acknowledgement, Scenario } from "../scenario.ts";
import { seededRandom } from "../seededRandom.ts";

const crowd = 20;
const lastsMs = (partitions: number) => (partitions < 2_000 ? 6_000 : 60_000);

/** F62: many clients pause, resume, cancel and retry one backfill at the same time. */
export const controlCrowd: Fault = {
  id: "F62",
  what: "20 clients pause, resume, cancel and retry one backfill at random for 60 s (6 s below 2,000 partitions)",
  promises: ["P11"],
  invariants: allInvariants,
  sparesIndependent: true,
  scenario: (partitions) => ({
    lastsMs: lastsMs(partitions) / 2,
    settings: { failing: [1, 5, 30].map((day) => `source ${dayKey(day)}`) },
  }),
  async submit(scenario) {
    const retry = { maxAttempts: 1, backoffMs: 10 };
    return [await scenario.submit({ assets: "source+", retry })];
  },
  async inject(scenario, [id = ""]) {
    const untilMs = Date.now() + lastsMs(scenario.options.partitions);
    await Promise.all(
      Array.from({ length: crowd }, async (_, client) => {
        const random = seededRandom(`${scenario.options.seed} ${client}`);
        while (Date.now() < untilMs) {
          await scenario.waitOut(random.between(0, 2_000));
          await control(scenario, random.pick(["paused", "resumed", "canceled", "retried"]), id);
        }
      }),
    );
    // Then one at a time, so that it shows that nothing starts after the answer.
    for (const what of ["retried", "resumed", "paused", "resumed", "canceled"] as const) {
      await control(scenario, what, id);
      await scenario.waitOut(1_500);
    }
    scenario.mend();
    // A retry waits for the end of a cancel that is under way.
    await scenario.ended(id, 30_000);
    await control(scenario, "retried", id);
  },
  async check({ scenario, backfills }) {
    const wrong: string[] = [];
    const [backfill] = backfills;
    if (backfill === undefined) return ["the backfill is gone"];
    const { items } = await scenario.client.backfills.listEvents(backfill.id, { limit: 1_000 });
    let status: unknown;
    for (const { what, before, after } of items) {
      if (before === undefined || after === undefined) continue;
      const [from, to] = [statusIn(before), statusIn(after)];
      if (from === undefined || to === undefined) continue;
      if (status !== undefined && from !== status)
        wrong.push(
          `"${what}" found the status ${from}, and the entry before had left it ${String(status)}`,
        );
      status = to;
    }
    if (status !== undefined && !isFinalStatus(backfill.detail.status))
      wrong.push(`the last status is ${backfill.detail.status}`);
    return wrong;
  },
  figures: ({ scenario }) => ({ controls: scenario.acknowledgements.length }),
};

async function control(
  scenario: Scenario,
  what: Exclude<Acknowledgement["what"], "created">,
  id: string,
): Promise<void> {
  const { client } = scenario;
  const askedMs = Date.now();
  const by = { actor: "chaos" };
  switch (what) {
    case "paused":
      await client.backfills.pause(id, { mode: Date.now() % 2 === 0 ? "drain" : "stop", ...by });
      break;
    case "resumed":
      await client.backfills.resume(id, by);
      break;
    case "canceled":
      await client.backfills.cancel(id, by);
      break;
    case "retried":
      await client.backfills.retry(id, by);
      break;
  }
  scenario.acknowledge(what, id, askedMs);
}

function statusIn(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null && "status" in value
    ? String(value.status)
    : undefined;
}
