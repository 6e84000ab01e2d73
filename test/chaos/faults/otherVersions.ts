import { runDoctor } from "@infill/doctor";
import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import type { Scenario } from "../scenario.ts";

/** Entries that no worker of this version writes. */
const entries: Readonly<Record<string, string>> = {
  // As a later version might write it.
  w2: '{"id":"w2","host":"h","pid":1,"version":"0.2.0","pools":{"default":1},"state":"updating","startedMs":1,"slots":[1]}',
  w3: '{"id":"w3","version":3,"pools":["default"]}',
  w4: "{",
  w5: "17",
};

/** F72: workers of other versions are registered beside those of this one. */
export const otherVersions: Fault = {
  id: "F72",
  what: "workers of other versions are registered, of which two cannot be read at all; the planner and a worker are replaced, and a backfill is submitted",
  promises: ["P2", "P3", "P21"],
  invariants: allInvariants,
  // Longer than new processes take to start on a busy machine.
  scenario: () => ({ lastsMs: 16_000 }),
  async inject(scenario) {
    await register(scenario);
    for (const planner of scenario.alive("planner")) await scenario.kill(planner);
    const [worker] = scenario.alive("worker");
    if (worker !== undefined) await scenario.kill(worker);
    await scenario.start("planner");
    await scenario.start("worker");
    await scenario.more(20);
    await scenario.submit({ assets: "bystander", retry: { maxAttempts: 3, backoffMs: 50 } });
    await scenario.more(20);
    const report = await runDoctor(scenario.client.connection, {
      fix: true,
      patienceMs: 3_000,
      actor: "chaos",
    });
    const named = report.findings.filter(({ check }) => check === "worker_unreadable");
    if (named.map(({ detail }) => detail).join() !== "w4,w5")
      scenario.note(`the doctor names ${named.length} entries that cannot be read, of two`);
    const left = report.findings.filter(({ repair }) => repair !== "repaired");
    for (const { check, problem } of left) scenario.note(`the doctor left ${check}: ${problem}`);
  },
  check: ({ scenario }) => [...scenario.notes],
};

async function register({ redis, keys }: Scenario): Promise<void> {
  for (const [id, text] of Object.entries(entries)) {
    await redis.set(keys.worker(id), text, "PX", 3_600_000);
    await redis.zadd(keys.workerIndex, Date.now() + 600_000, id);
  }
}
