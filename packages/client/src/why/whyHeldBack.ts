import { coversPartition } from "@infill/core";
import {
  countIntegers,
  integerLimit,
  integerRange,
  intersectIntegers,
  intersectSubsets,
  isEmptySubset,
  noIntegers,
  type PartitionsSubset,
  subtractIntegers,
  subtractSubsets,
  unionSubsets,
  upstreamOf,
} from "@infill/partitions";
import {
  type BackfillRecord,
  type LedgerPlane,
  readBackfillLog,
  readClaims,
  readLedgerPlane,
  readPlanners,
  readSelected,
  readWorkers,
  storedInstantOf,
} from "@infill/state";
import { countOlder, noneHas } from "../backfills/attention.ts";
import { type LedgerPlace, shellWord } from "@infill/planning";
import type { WhyReason } from "./whyAnswers.ts";
import { whyCapped } from "./whyCapped.ts";
import { type AskedPartition, someOf, type WhyEnvironment } from "./whyEnvironment.ts";

/**
 * Why a partition that a backfill must still run has not started: at least one reason, most
 * important first.
 */
export async function whyHeldBack(
  environment: WhyEnvironment,
  asked: AskedPartition,
  { record, isQueued }: LedgerPlace,
): Promise<WhyReason[]> {
  const { store } = environment;
  const { id, status } = record;
  const reasons: WhyReason[] = [];
  const add = (kind: WhyReason["kind"], text: string, more: Partial<WhyReason> = {}) =>
    reasons.push({ kind, text, backfillId: id, ...more });
  if (status === "canceling") {
    add("canceling", `${id} has not run it yet and is being canceled.`);
    return reasons;
  }
  if (status === "paused") {
    const command = `infill backfill resume ${id}`;
    add("paused", await pauseText(environment, record), { command });
  }
  const waits = await waitsFor(environment, asked, record);
  for (const { asset, open, lost } of waits) {
    const kinds = isEmptySubset(lost) ? "" : " (some of which failed or were skipped)";
    add("upstream", `In ${id} it waits for partitions of ${asset}${kinds}.`, {
      partitions: someOf(unionSubsets(lost, open), asset, environment.states.context, undefined),
    });
  }
  if (status === "paused" || waits.length > 0) return reasons;
  if (
    record.progress.canary === "running" &&
    record.header.request.canary !== undefined &&
    !isQueued
  )
    add(
      "canary",
      `${id} runs its canary first; it runs the rest when the whole canary has succeeded.`,
    );
  if ((await store.redis.exists(store.keys.backfillLease(id))) === 0)
    add("no_planner", await noPlannerText(environment, record), {
      command: "infill planner start",
    });
  const { pool } = asked.registered.asset;
  const serving = (await readWorkers(store)).filter(
    ({ isAlive, pools }) => isAlive && pools[pool] !== undefined,
  );
  const command = `infill worker start --pool ${shellWord(pool)}`;
  if (serving.length === 0)
    add("no_worker", `No worker serves its pool "${pool}" now.`, { command });
  else if (
    (await countOlder(store, record, serving, asked.registered.asset.name)) === serving.length
  )
    add(
      "older_project",
      `${noneHas(serving.length, "worker")}. Restart ${serving.length === 1 ? "it" : "them"}.`,
      {
        command,
      },
    );
  reasons.push(...(await whyCapped(environment, asked, record)));
  const [claim] = await readClaims(store, asked.registered.asset.name, [asked.address]);
  if (claim?.state === "running" && claim.backfillId !== id) return reasons;
  const job = isQueued ? await jobOf(environment, asked, id) : undefined;
  if (claim?.state === "retrying" && claim.backfillId === id && job?.delayedUntilMs !== undefined)
    add(
      "retrying",
      `Attempt ${claim.attempt} did not succeed; the next may start at ${new Date(job.delayedUntilMs).toISOString()}.`,
    );
  else if (isQueued) add("queued", queuedText(id, pool, job));
  else add("order", await orderText(environment, asked, record));
  return reasons;
}

async function noPlannerText({ store }: WhyEnvironment, record: BackfillRecord): Promise<string> {
  const alive = (await readPlanners(store)).filter(({ isAlive }) => isAlive);
  const older = await countOlder(store, record, alive);
  if (alive.length > 0 && older === alive.length)
    return `${noneHas(alive.length, "planner")}, so nobody plans ${record.id}. Restart ${alive.length === 1 ? "it" : "them"}.`;
  return `No planner plans ${record.id} now.`;
}

async function pauseText(
  { store }: WhyEnvironment,
  { id, pause }: BackfillRecord,
): Promise<string> {
  const events = await readBackfillLog(store, id, 0, 1_000);
  const actor = events.findLast(({ what }) => what === "paused")?.actor ?? "";
  const who = actor === "" ? "" : ` by ${actor}`;
  const why = pause?.reason === undefined || pause.reason === "" ? "" : `: ${pause.reason}`;
  const until =
    pause?.untilMs === undefined
      ? "until somebody resumes it"
      : `until ${new Date(pause.untilMs).toISOString()}`;
  return `${id} is paused${who}, ${until}${why}.`;
}

interface Wait {
  readonly asset: string;
  /** Without an outcome yet. */
  readonly open: PartitionsSubset;
  /** Failed or skipped: the planner will skip what waits for them. */
  readonly lost: PartitionsSubset;
}

/** The partitions of the same backfill that must succeed first. */
async function waitsFor(
  { store, graph, states }: WhyEnvironment,
  { registered, subset }: AskedPartition,
  { id, header }: BackfillRecord,
): Promise<Wait[]> {
  const waits: Wait[] = [];
  for (const edge of graph.upstreamEdges(registered.asset.name)) {
    const asset = edge.upstreamAsset;
    if (!header.assets.includes(asset)) continue;
    const { ordinals } = states.asset(asset);
    const selected = await readSelected(store, asset, id);
    const needed = upstreamOf(edge, subset, states.context).subset;
    const planeOf = async (plane: LedgerPlane) =>
      intersectSubsets(
        needed,
        ordinals.subsetOf(await readLedgerPlane(store, asset, id, plane, selected)),
      );
    const open = subtractSubsets(
      intersectSubsets(needed, ordinals.subsetOf(selected)),
      await planeOf("settled"),
    );
    const lost = unionSubsets(await planeOf("failed"), await planeOf("skipped"));
    if (!isEmptySubset(open) || !isEmptySubset(lost)) waits.push({ asset, open, lost });
  }
  return waits;
}

interface WaitingJob {
  readonly isActive: boolean;
  /** Jobs of its pool that are served before it. */
  readonly before: number | undefined;
  readonly delayedUntilMs: number | undefined;
}

/** The job of a partition in the window; undefined if there is none. */
async function jobOf(
  { store, queues }: WhyEnvironment,
  { registered: { asset }, address: { lane, ordinal } }: AskedPartition,
  backfillId: string,
): Promise<WaitingJob | undefined> {
  const jobs = await (await queues()).jobsOf(asset.pool, backfillId);
  const job = jobs.find(
    ({ data }) => data.asset === asset.name && coversPartition(data, lane, ordinal),
  );
  if (job === undefined) return undefined;
  const queue = `${store.keys.poolPrefix(asset.pool)}:${asset.pool}`;
  const [score, before] = await Promise.all([
    store.redis.zscore(`${queue}:delayed`, job.id),
    store.redis.zrank(`${queue}:prioritized`, job.id),
  ]);
  return {
    isActive: score === null && before === null,
    before: before ?? undefined,
    // BullMQ keeps the time in the upper bits of the score.
    delayedUntilMs:
      score === null ? undefined : storedInstantOf(String(Math.floor(Number(score) / 0x1000))),
  };
}

function queuedText(id: string, pool: string, job: WaitingJob | undefined): string {
  if (job === undefined) return `${id} has it in its window of jobs, and is about to add its job.`;
  if (job.isActive) return `A worker has its job in ${id}, and is about to start it.`;
  if (job.delayedUntilMs !== undefined)
    return `Its job in ${id} waits until ${new Date(job.delayedUntilMs).toISOString()}.`;
  const { before = 0 } = job;
  const jobs = before === 1 ? "1 job goes" : `${before} jobs are`;
  return `It has a job in ${id}; ${jobs} before it in pool "${pool}".`;
}

/** How many partitions of its asset come before it in the backfill's order, while it has no job. */
async function orderText(
  { store }: WhyEnvironment,
  { registered: { asset }, address: { ordinal } }: AskedPartition,
  { id, settings: { order } }: BackfillRecord,
): Promise<string> {
  const selected = await readSelected(store, asset.name, id);
  const taken = new Map<string, typeof noIntegers>();
  for (const plane of ["settled", "queued"] as const)
    for (const { lane, ordinals } of await readLedgerPlane(store, asset.name, id, plane, selected))
      taken.set(`${plane} ${lane}`, ordinals);
  const sooner =
    order === "oldest"
      ? integerRange(-(2 ** 31), ordinal)
      : integerRange(ordinal + 1, integerLimit);
  let waiting = 0;
  for (const { lane, ordinals } of selected) {
    let open = ordinals;
    for (const plane of ["settled", "queued"] as const)
      open = subtractIntegers(open, taken.get(`${plane} ${lane}`) ?? noIntegers);
    waiting += countIntegers(order === "spread" ? open : intersectIntegers(open, sooner));
  }
  const others = `${waiting.toLocaleString("en-US")} partition${waiting === 1 ? "" : "s"} of ${asset.name}`;
  const one = waiting === 1 ? "s" : "";
  return order === "spread"
    ? `${id} has not run it yet; ${others} wait${one}, in spread order.`
    : `${id} has not run it yet; ${others} start${one} before it (${order} first).`;
}
