import {
  chunkOf,
  claimPartitions,
  type RegisteredAsset,
  type Release,
  releasePartitions,
  type Settlement,
  settlePartitions,
  startSuspect,
  type StateStore,
} from "@infill/state";
import type { Worker } from "bullmq";
import type { EngineModel } from "./engineModel.testing.ts";
import { foreverMs } from "./historyPlanner.testing.ts";
import type { SeededRandom } from "./seededRandom.testing.ts";
import type { HeldClaim, HeldJob, SimulatedWorker } from "./simulatedWorker.testing.ts";

/** Deaths after which a partition fails. */
const maxProcessDeaths = 3;

/** Workers' actions on Redis. Compares the answer of each call with the model's. */
export class WorkerActions {
  readonly #store: StateStore;
  readonly #registered: ReadonlyMap<string, RegisteredAsset>;
  readonly #bulls: ReadonlyMap<string, Worker>;
  readonly #model: EngineModel;
  readonly #random: SeededRandom;
  /** The probability that a function ends with an error. */
  readonly #failureChance: number;

  constructor(
    store: StateStore,
    registered: ReadonlyMap<string, RegisteredAsset>,
    bulls: ReadonlyMap<string, Worker>,
    model: EngineModel,
    random: SeededRandom,
  ) {
    this.#store = store;
    this.#registered = registered;
    this.#bulls = bulls;
    this.#model = model;
    this.#random = random;
    this.#failureChance = random.pick([0, 0.01, 0.05, 0.2]);
  }

  /**
   * A worker takes jobs of a pool, at most as many as it has free slots, and claims their
   * partitions. @returns how many jobs
   */
  async take(worker: SimulatedWorker, pool: string, most: number): Promise<number> {
    const bull = this.#bulls.get(pool);
    if (bull === undefined) throw new Error(`Bug: no queue ${pool}`);
    const room = Math.min(most, worker.free(pool));
    const found = await Promise.all(Array.from({ length: room }, () => worker.take(pool, bull)));
    const taken = found.filter((held) => held !== undefined);
    await this.#claim(worker, taken);
    return taken.length;
  }

  async #claim(worker: SimulatedWorker, taken: readonly HeldJob[]): Promise<void> {
    const wishes = new Map<string, HeldClaim[]>();
    for (const held of taken) {
      const { asset, backfillId, runs } = held.data;
      const list = wishes.get(asset) ?? [];
      wishes.set(asset, list);
      for (const { lane, first, length } of runs)
        for (let ordinal = first; ordinal < first + length; ordinal++) {
          const partition = this.#model.partition(asset, lane, ordinal);
          const claimNumber = worker.claimNumber();
          list.push({ partition, backfillId, claimNumber, held, attempt: 0, deaths: 0 });
        }
    }
    for (const [asset, list] of wishes) {
      // In the order of the transition: by backfill, then by lane.
      const ordered = list.toSorted((one, other) => placeOf(one).localeCompare(placeOf(other)));
      for (const page of pagesOf(ordered)) {
        const requests = page.map(({ partition: { lane, ordinal }, backfillId, claimNumber }) => ({
          backfillId,
          lane,
          ordinal,
          claimNumber,
        }));
        const registered = this.#asset(asset);
        const call = () =>
          claimPartitions(this.#store, registered, worker.session, foreverMs, requests);
        const answers = await call();
        // The connection broke before the answer, so the call is sent again.
        if (this.#random.chance(0.1)) await call();
        for (const [at, wish] of page.entries()) {
          const answer = answers[at];
          const words =
            answer?.kind === "claimed"
              ? `claimed ${answer.attempt} ${answer.deaths}`
              : answer?.kind;
          const { partition, backfillId, claimNumber, held } = wish;
          const expected = this.#model.claim(partition, backfillId, worker.session, claimNumber);
          if (words !== expected)
            throw new Error(
              `a claim of ${asset} ${partition.key} for ${backfillId} was answered "${words}", expected "${expected}"`,
            );
          if (answer?.kind !== "claimed") continue;
          if (!this.#model.isFree(this.#model.backfill(backfillId), partition))
            throw new Error(
              `${asset} ${partition.key} of ${backfillId} starts before its upstream`,
            );
          const { attempt, deaths } = answer;
          held.open++;
          worker.claims.push({ ...wish, attempt, deaths });
        }
      }
    }
    await Promise.all(taken.map(async (held) => held.open === 0 && worker.finish(held)));
  }

  /**
   * Some functions of a worker end.
   *
   * @param isPerfect whether all of them end, without errors
   * @returns what was done
   */
  async endSome(worker: SimulatedWorker, isPerfect: boolean): Promise<string> {
    const random = this.#random;
    const part = isPerfect ? 1 : random.pick([0.2, 0.6, 1, 1]);
    const ending = isPerfect
      ? worker.claims
      : random.some(worker.claims, Math.ceil(worker.claims.length * part));
    const controlOf = ({ partition, backfillId }: HeldClaim) =>
      this.#model.backfill(backfillId).controls.get(partition.asset);
    const retried: HeldClaim[] = [];
    const settled: (readonly [HeldClaim, Settlement["outcome"]])[] = [];
    const aborted: Record<"stop" | "cancel", HeldClaim[]> = { stop: [], cancel: [] };
    for (const claim of ending) {
      const { attempt, deaths, held, partition } = claim;
      if (deaths > 0 && deaths < maxProcessDeaths && !(await this.#startSuspect(worker, claim)))
        continue;
      const maxAttempts = (held.data.retry ?? this.#asset(partition.asset).asset.retry).maxAttempts;
      const fails =
        deaths >= maxProcessDeaths || (!isPerfect && random.chance(this.#failureChance));
      const control = controlOf(claim);
      const isToEnd = control === "stopping" || control === "canceling";
      if (isToEnd && (isPerfect || random.chance(0.5)))
        aborted[control === "stopping" ? "stop" : "cancel"].push(claim);
      else if (fails && attempt < maxAttempts && deaths < maxProcessDeaths) retried.push(claim);
      else settled.push([claim, fails ? "failed" : "succeeded"]);
    }
    await this.settle(worker, settled);
    await this.release(worker, retried, "retry");
    await this.release(worker, aborted.stop, "stop");
    await this.release(worker, aborted.cancel, "cancel");
    await this.ended(worker, ending);
    const failed = settled.filter(([, outcome]) => outcome === "failed").length;
    return `${settled.length} by ${worker.id}, ${failed} failed, ${retried.length} again, ${aborted.stop.length + aborted.cancel.length} aborted`;
  }

  /** @returns whether the function may start */
  async #startSuspect(worker: SimulatedWorker, claim: HeldClaim): Promise<boolean> {
    const { partition, backfillId, claimNumber } = claim;
    const { asset, lane, ordinal } = partition;
    const place = { backfillId, lane, ordinal, claimNumber };
    const answer = await startSuspect(this.#store, asset, worker.session, place);
    const expected = this.#model.start(partition, worker.session, claimNumber);
    if (answer !== expected)
      throw new Error(`the start of ${asset} ${partition.key} was answered ${answer}`);
    return answer;
  }

  /** Settles partitions and compares the answers. */
  async settle(
    worker: SimulatedWorker,
    list: readonly (readonly [HeldClaim, Settlement["outcome"]])[],
  ): Promise<void> {
    for (const [asset, members] of groupByAsset(list, ([claim]) => claim)) {
      for (const page of pagesOf(members)) {
        const settlements = page.map(
          ([{ partition, backfillId, claimNumber, attempt }, outcome]) => ({
            backfillId,
            lane: partition.lane,
            ordinal: partition.ordinal,
            claimNumber,
            attempt,
            outcome,
            durationMs: 1,
            note: undefined,
          }),
        );
        const call = () =>
          settlePartitions(this.#store, this.#asset(asset), worker.session, settlements);
        const answers = await call();
        // Sent again after a broken connection. A settlement that another one has overwritten since
        // cannot be recognized.
        if (this.#random.chance(0.1)) await call();
        for (const [at, [{ partition, backfillId, claimNumber }, outcome]] of page.entries()) {
          const expected = this.#model.settle(
            partition,
            backfillId,
            worker.session,
            claimNumber,
            outcome,
          );
          if (answers[at] !== expected)
            throw new Error(
              `the settlement of ${asset} ${partition.key} by ${worker.id} was answered "${answers[at]}", expected "${expected}"`,
            );
        }
      }
    }
  }

  /** Releases claims and compares the answers. */
  async release(
    worker: SimulatedWorker,
    list: readonly HeldClaim[],
    how: Release["how"],
  ): Promise<void> {
    for (const [asset, members] of groupByAsset(list, (claim) => claim)) {
      for (const page of pagesOf(members)) {
        const releases = page.map(({ partition: { lane, ordinal }, backfillId, claimNumber }) => ({
          backfillId,
          lane,
          ordinal,
          claimNumber,
          how,
        }));
        const answers = await releasePartitions(this.#store, asset, worker.session, releases);
        for (const [at, { partition, backfillId, claimNumber, held }] of page.entries()) {
          const expected = this.#model.release(
            partition,
            backfillId,
            worker.session,
            claimNumber,
            how,
          );
          if (answers[at] !== expected)
            throw new Error(
              `the release of ${asset} ${partition.key} was answered "${answers[at]}", expected "${expected}"`,
            );
          if (how === "give_back") held.again = "at once";
          else if (how === "retry" && held.again === "no") held.again = "later";
        }
      }
    }
  }

  /** Claims have ended; jobs without open claims are finished or delayed. */
  async ended(worker: SimulatedWorker, ended: readonly HeldClaim[]): Promise<void> {
    const gone = new Set(ended);
    worker.claims = worker.claims.filter((claim) => !gone.has(claim));
    await Promise.all(ended.map((claim) => worker.ended(claim)));
  }

  #asset(name: string): RegisteredAsset {
    const found = this.#registered.get(name);
    if (found === undefined) throw new Error(`Bug: no asset ${name}`);
    return found;
  }
}

function groupByAsset<T>(list: readonly T[], claimOf: (item: T) => HeldClaim): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const { asset } = claimOf(item).partition;
    const members = groups.get(asset);
    if (members === undefined) groups.set(asset, [item]);
    else members.push(item);
  }
  return groups;
}

function placeOf({ backfillId, partition: { lane, ordinal } }: HeldClaim): string {
  return `${backfillId} ${lane} ${chunkOf(ordinal)}`;
}

/** Pages of one call each. */
function pagesOf<T>(list: readonly T[]): T[][] {
  const pages: T[][] = [];
  for (let first = 0; first < list.length; first += 512) pages.push(list.slice(first, first + 512));
  return pages;
}
