import { runDoctor } from "@infill/doctor";
import { chunkOf, type stateKeys } from "@infill/state";
import type { Fault } from "../fault.ts";
import { jobIds } from "../observer.ts";
import { allBut } from "../invariants/index.ts";
import type { Scenario } from "../scenario.ts";

type Keys = ReturnType<typeof stateKeys>;

/** One thing that is broken by hand. @returns whether there was anything to break */
type Damage = (scenario: Scenario, keys: Keys, id: string) => Promise<boolean>;

/** Day 0 of the diamond, as its asset's ordinal. */
const firstOrdinal = Math.floor(Date.UTC(2001, 0, 1) / 86_400_000);
const chunk = chunkOf(firstOrdinal);

const damages: Readonly<Record<string, Damage>> = {
  counter: async ({ redis }, keys, id) =>
    (await redis.hincrby(keys.ledger("source", id), "succeeded", 7)) > 0,
  "queued counter": async ({ redis }, keys, id) =>
    (await redis.hset(keys.ledger("cleaned", id), "queued", 999)) >= 0,
  "settled chunk": async ({ redis }, keys, id) =>
    (await redis.del(keys.ledgerPlane("source", id, "", "settled", chunk))) > 0,
  "materialized chunk": async ({ redis }, keys) =>
    (await redis.del(keys.plane("source", "", "materialized", chunk))) > 0,
  "half of a ledger": async ({ redis }, keys, id) =>
    (await redis.del(
      keys.ledger("source", id),
      keys.ledgerPlane("source", id, "", "queued", chunk),
    )) > 0,
  "lease without end": async ({ redis }, keys, id) =>
    (await redis.set(keys.backfillLease(id), "planner_nobody")) === "OK",
  "job hashes": async (scenario, keys) => {
    const ids = [...(await jobIds(scenario.redis, keys, "default"))];
    const picked = ids.filter(() => scenario.random.next() < 0.5);
    const queue = `${keys.poolPrefix("default")}:default`;
    return (
      picked.length > 0 && (await scenario.redis.del(picked.map((job) => `${queue}:${job}`))) > 0
    );
  },
  "the queue's lists": async ({ redis }, keys) => {
    const queue = `${keys.poolPrefix("default")}:default`;
    return (await redis.del(`${queue}:wait`, `${queue}:prioritized`)) > 0;
  },
};

/** F42: somebody deletes and changes keys by hand. */
export const vandalized: Fault = {
  id: "F42",
  what: "with all roles stopped, counters, chunks, half a ledger, leases, jobs and the queue's lists are damaged one after another, and repaired by the doctor; then jobs and lists again while everything runs",
  promises: ["P21"],
  // What no record proves any more runs again and settles again; and the roles were stopped for longer than the budget.
  invariants: allBut("I4", "I5", "I9"),
  scenario: () => ({ lastsMs: 5_000 }),
  async inject(scenario, [id = ""]) {
    const { keys } = scenario;
    const stopped = (["planner", "worker", "independent"] as const).flatMap((kind) =>
      scenario.alive(kind).map(({ process }) => ({ kind, process })),
    );
    await Promise.all(stopped.map(({ process }) => process.stop()));
    for (const name of Object.keys(damages).toSorted(() => scenario.random.next() - 0.5)) {
      if ((await damages[name]?.(scenario, keys, id)) !== true) continue;
      scenario.count("injected");
      // With nobody at work, what differs stays so: no need to wait whether it lasts.
      const before = await runDoctor(scenario.client.connection, { patienceMs: 200 });
      if (before.findings.some(({ severity }) => severity === "violation")) scenario.count("found");
      else scenario.note(`the doctor did not notice: ${name}`);
      await runDoctor(scenario.client.connection, { fix: true, patienceMs: 200, actor: "chaos" });
      const after = await runDoctor(scenario.client.connection, { patienceMs: 200 });
      const left = after.findings.filter(({ severity }) => severity === "violation");
      if (left.length > 0)
        scenario.note(
          `after the repair of ${name} the doctor finds ${left.map(({ check }) => check).join(", ")}`,
        );
    }
    await Promise.all(stopped.map(({ kind }) => scenario.start(kind)));
    // Once more while everything runs.
    await scenario.more(10);
    await damages["job hashes"]?.(scenario, keys, id);
    await damages["the queue's lists"]?.(scenario, keys, id);
    await runDoctor(scenario.client.connection, { fix: true, patienceMs: 3_000, actor: "chaos" });
  },
  check: ({ scenario }) => [...scenario.notes],
  figures: ({ scenario }) => ({
    injected: scenario.counted("injected"),
    found: scenario.counted("found"),
  }),
};
