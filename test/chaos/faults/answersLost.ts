import { connect } from "@infill/client";
import type { Fault } from "../fault.ts";
import { allInvariants } from "../invariants/index.ts";
import { scriptHash } from "../scriptHash.ts";

/** F43: a command runs, and its answer is lost. */
export const answersLost: Fault = {
  id: "F43",
  what: "the connection is cut before the reply to a claim, a settlement, a reservation and a submission, three times each",
  promises: ["P1", "P4", "P5", "P13"],
  invariants: allInvariants,
  scenario: () => ({ workers: 1, planners: 0, lastsMs: 8_000, window: 32 }),
  async prepare(scenario) {
    const [planner, worker] = [await scenario.proxy(), await scenario.proxy()];
    await Promise.all([
      scenario.start("planner", { through: planner }),
      scenario.start("worker", { through: worker }),
      scenario.start("worker", { through: worker }),
    ]);
  },
  async inject(scenario, ids) {
    const [planner, worker] = scenario.proxies;
    if (planner === undefined || worker === undefined) throw new Error("Bug: not prepared");
    for (let round = 0; round < 3; round++) {
      await scenario.before(ids, worker.cutBeforeReplyTo(scriptHash("claim_partitions")));
      await scenario.before(ids, worker.cutBeforeReplyTo(scriptHash("settle_partitions")));
      await scenario.before(ids, planner.cutBeforeReplyTo(scriptHash("reserve_partitions")));
    }
    const proxy = await scenario.proxy();
    for (const step of ["open_ledger", "create_backfill", "create_backfill"]) {
      const client = await connect(scenario.project, { redisUrl: proxy.url });
      // A connection's first call sends the whole script, its header included.
      const cut = proxy.cutBeforeReplyTo(`--[[\n${step}: `);
      const { id } = await client.backfills.create({ assets: "chain", reprocess: "all" });
      await cut;
      if (id !== undefined) scenario.acknowledge("created", id);
      await client.close();
    }
  },
  async check({ executions, scenario }) {
    const wrong: string[] = [];
    const partitions = new Set(
      executions.map(({ start }) => `${start.backfill} ${start.asset} ${start.key}`),
    );
    if (executions.length > partitions.size)
      wrong.push(
        `${executions.length - partitions.size} partitions ran twice for an answer that was lost`,
      );
    if (scenario.proxies.some(({ cuts }) => cuts < 3)) wrong.push("too few answers were lost");
    const { items } = await scenario.client.backfills.list({ limit: 100 });
    if (items.length !== 6) wrong.push(`six submissions made ${items.length} backfills`);
    return wrong;
  },
};
