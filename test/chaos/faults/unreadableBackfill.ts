import { runDoctor } from "@infill/doctor";
import { newBackfillId } from "@infill/core";
import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import type { Scenario } from "../scenario.ts";

/** What is damaged of each active backfill: a field of its hash, and the text that stands there from then on. */
const damages = [
  ["settings", "{"],
  ["header", "{"],
  ["progress", "[]"],
  ["pause", "until Monday"],
  ["status", "going"],
  ["revision", "one"],
] as const;

/** F71: active backfills cannot be read. */
export const unreadableBackfill: Fault = {
  id: "F71",
  what: "six active backfills are there of which one field each cannot be read, and one without a header; the planner is replaced, and a backfill is submitted beside them; then half of them is deleted by force, and the doctor sets the rest aside",
  promises: ["P2", "P10", "P21"],
  invariants: allInvariants,
  scenario: () => ({ lastsMs: 8_000 }),
  async inject(scenario, [id = ""]) {
    const bad = await addUnreadable(scenario, id);
    for (const planner of scenario.alive("planner")) await scenario.kill(planner);
    await scenario.start("planner");
    await scenario.more(20);
    await scenario.submit({ assets: "bystander", retry: { maxAttempts: 3, backoffMs: 50 } });
    await scenario.more(20);
    const { items } = await scenario.client.backfills.list({ limit: 100 });
    const unreadable = items.filter(({ status }) => status === "unreadable").map((row) => row.id);
    if (unreadable.toSorted().join() !== bad.toSorted().join())
      scenario.note(`the list shows ${unreadable.length} backfills that cannot be read`);
    for (const gone of bad.slice(0, 3))
      await scenario.client.backfills.delete(gone, { force: true });
    const report = await runDoctor(scenario.client.connection, {
      fix: true,
      patienceMs: 3_000,
      actor: "chaos",
    });
    const left = report.findings.filter(({ repair }) => repair !== "repaired");
    for (const { check, problem } of left) scenario.note(`the doctor left ${check}: ${problem}`);
    // Whatever was submitted before may have ended by now.
    await scenario.submit({ assets: "bystander", retry: { maxAttempts: 3, backoffMs: 50 } });
    await scenario.more(5);
  },
  check: ({ scenario }) => [...scenario.notes],
};

/** Adds backfills to the active ones that are like another one, but for what is damaged. @returns their ids */
async function addUnreadable({ redis, keys }: Scenario, id: string): Promise<string[]> {
  const fields = await redis.hgetall(keys.backfill(id));
  const bad: string[] = [];
  for (const [field, text] of damages) {
    const copy = newBackfillId(Date.now());
    bad.push(copy);
    await redis.hset(keys.backfill(copy), { ...fields, [field]: text });
    await redis.zadd(keys.backfillIndex, Date.now(), copy);
    await redis.sadd(keys.activeBackfills, copy);
  }
  await redis.sadd(keys.activeBackfills, newBackfillId(Date.now()));
  return bad;
}
