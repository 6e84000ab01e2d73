import { stateKeys } from "@infill/state";
import type { Evidence } from "../evidence.ts";
import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import { firstShops, shopsDefinition } from "../processes/dynamicAssets.ts";
import type { Scenario } from "../scenario.ts";

/** Removed while the backfill runs, and back when it has ended. */
const leaving = firstShops.slice(0, 3);
/** Removed and added again, over and over. */
const flickering = firstShops.slice(3, 6);
const rounds = 12;

/** F61: keys are added and removed while a backfill runs, some of them again and again, and a worker and a planner die meanwhile. */
export const dynamicKeysChanged: Fault = {
  id: "F61",
  what: "dynamic keys are added, removed, and removed and added again by two clients at once while a backfill runs, with a worker and a planner killed in between; then all come back and it is retried",
  promises: ["P17"],
  invariants: allInvariants,
  scenario: (partitions) => ({
    lastsMs: 6_000,
    window: 48,
    settings: { soldDays: Math.max(10, Math.round(partitions / firstShops.length)) },
  }),
  async prepare(scenario) {
    await scenario.client.dynamic.add(shopsDefinition, firstShops);
    await noteOrdinals(scenario);
  },
  submit: async (scenario) => [await scenario.submit({ assets: "sold+" })],
  async inject(scenario, [id = ""]) {
    const { client, random } = scenario;
    await client.dynamic.remove(shopsDefinition, leaving, { actor: "chaos" });
    for (let round = 0; round < rounds; round++) {
      const key = random.pick(flickering);
      await Promise.all([
        client.dynamic.add(shopsDefinition, [`new ${round}`, `new ${round % 5}`]),
        client.dynamic
          .remove(shopsDefinition, [key])
          .then(() => client.dynamic.add(shopsDefinition, [key])),
        client.dynamic.add(shopsDefinition, [`new ${(round + 1) % 5}`]),
      ]);
      await noteOrdinals(scenario);
      if (round === 3) await replace(scenario, "worker");
      if (round === 7) await replace(scenario, "planner");
      await scenario.waitOut(random.between(20, 150));
    }
    const ended = await scenario.ended(id, 60_000);
    const failed = ended?.counts.failed ?? 0;
    if (ended?.status !== "failed" || failed === 0)
      scenario.note(`nothing of the removed keys failed: ${ended?.status}, ${failed} failed`);
    scenario.count("gone", failed);
    for (const { error } of ended?.failures ?? [])
      if (!error.includes("PARTITION_GONE")) scenario.note(`a partition failed with ${error}`);
    await client.dynamic.add(shopsDefinition, leaving);
    await noteOrdinals(scenario);
    await client.backfills.retry(id, { actor: "chaos" });
    scenario.acknowledge("retried", id);
  },
  async check(evidence) {
    const { scenario, backfills } = evidence;
    const wrong = [...scenario.notes];
    const [backfill] = backfills;
    const { soldDays = 0 } = scenario.settings;
    const selected = (soldDays + 1) * firstShops.length + soldDays;
    if (backfill?.detail.counts.selected !== selected)
      wrong.push(
        `${backfill?.detail.counts.selected} partitions are selected; expected the ${selected} of the shops that there were at first`,
      );
    // What was added meanwhile is there, and missing.
    const counts = await scenario.client.partitions.count("sold");
    const shops = firstShops.length + rounds;
    if (counts.total !== shops * soldDays || counts.missing !== rounds * soldDays)
      wrong.push(
        `of ${shops} shops ${counts.total} partitions exist and ${counts.missing} are missing; expected ${shops * soldDays} and ${rounds * soldDays}`,
      );
    return [...wrong, ...(await judgeKeys(evidence))];
  },
  figures: ({ scenario }) => ({ partitionsGone: scenario.counted("gone") }),
};

async function replace(scenario: Scenario, kind: "worker" | "planner"): Promise<void> {
  await scenario.kill(scenario.random.pick(scenario.alive(kind)));
  await scenario.start(kind);
}

/** Ordinals as they were seen, by scenario: none may ever change. */
const seen = new WeakMap<Scenario, Map<string, string>>();

async function noteOrdinals(scenario: Scenario): Promise<void> {
  const known = seen.get(scenario) ?? new Map<string, string>();
  seen.set(scenario, known);
  const { dynamicOrdinals } = stateKeys(scenario.settings.namespace);
  const now = await scenario.redis.hgetall(dynamicOrdinals(shopsDefinition));
  for (const [key, ordinal] of Object.entries(now)) {
    const before = known.get(key);
    if (before !== undefined && before !== ordinal)
      scenario.note(`"${key}" had ordinal ${before} and has ${ordinal} now`);
    known.set(key, ordinal);
  }
}

/** What Redis holds of the keys agrees with itself, and with what ran. */
async function judgeKeys({ scenario, executions }: Evidence): Promise<string[]> {
  const wrong: string[] = [];
  const keys = stateKeys(scenario.settings.namespace);
  const ordinals = await scenario.redis.hgetall(keys.dynamicOrdinals(shopsDefinition));
  const names = await scenario.redis.lrange(keys.dynamicNames(shopsDefinition), 0, -1);
  if (names.length !== Object.keys(ordinals).length)
    wrong.push(`${names.length} names stand beside ${Object.keys(ordinals).length} ordinals`);
  for (const [ordinal, key] of names.entries())
    if (ordinals[key] !== String(ordinal))
      wrong.push(`"${key}" is the name at ${ordinal} and has ordinal ${ordinals[key]}`);
  const present = await scenario.redis.bitcount(keys.dynamicPresent(shopsDefinition));
  if (present !== names.length) wrong.push(`${present} of ${names.length} keys are present`);
  for (const { start } of executions) {
    const shop = start.asset === "sold" ? start.key.split("|")[1] : start.key;
    if (start.asset === "byShop" || start.asset === "sold")
      if (shop === undefined || !firstShops.includes(shop))
        wrong.push(`${start.asset} ${start.key} ran, whose shop was no part of the backfill`);
  }
  return wrong;
}
