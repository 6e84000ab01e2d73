import { rmSync } from "node:fs";
import { join } from "node:path";
import { UnknownBackfillError } from "@infill/state";
import { eventually } from "@infill/test-support";
import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import { submitDiamond } from "../runFault.ts";
import type { Scenario } from "../scenario.ts";

/** F28: Redis forgets everything while backfills run. */
export const everythingGone: Fault = {
  id: "F28",
  what: "FLUSHALL, or a crash of Redis that leaves no file; then the same backfills are submitted again to the same planners and workers",
  promises: ["P5", "P15"],
  invariants: allInvariants,
  scenario: () => ({ lastsMs: 3_000 }),
  async inject(scenario, ids) {
    if (scenario.random.next() < 0.5) await scenario.redis.flushall();
    else {
      await scenario.server.kill9();
      rmSync(join(scenario.server.directory, "appendonlydir"), { recursive: true, force: true });
      await scenario.server.restart();
    }
    scenario.forget();
    await scenario.reconnect();
    const { independentId = "" } = scenario;
    const lost = [...ids, independentId];
    for (const id of lost) await expectUnknown(scenario, id);
    // What was under way comes to its end, and leaves nothing of what is gone.
    await eventually(async () => (await keysOf(scenario, lost)).length === 0, {
      timeoutMs: 20_000,
      what: "the end of what belonged to the lost backfills",
    }).catch(() => {});
    const left = await keysOf(scenario, lost);
    if (left.length > 0)
      scenario.note(`${left.length} keys of lost backfills: ${left.slice(0, 5).join(", ")}`);
    await submitDiamond(scenario);
    await scenario.submitIndependent();
  },
  async check({ scenario, logs }) {
    const wrong = [...scenario.notes];
    for (const [message, count] of logs)
      if (count > 300 || (count > 10 && message.startsWith("planning a backfill failed")))
        wrong.push(`"${message}" was logged ${count} times`);
    return wrong;
  },
};

async function expectUnknown(scenario: Scenario, id: string): Promise<void> {
  try {
    await scenario.client.backfills.get(id);
    scenario.note(`${id} is still told of after Redis lost it`);
  } catch (error) {
    if (!(error instanceof UnknownBackfillError)) throw error;
  }
}

async function keysOf(scenario: Scenario, ids: readonly string[]): Promise<string[]> {
  const keys = await scenario.redis.keys(`${scenario.settings.namespace}:*`);
  return keys.filter((key) => ids.some((id) => key.includes(id)));
}
