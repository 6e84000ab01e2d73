import {
  activeBackfills,
  inGroups,
  readWorkerRegistry,
  type RegisteredWorker,
  reviewPermits,
} from "@infill/state";
import type { Complaints } from "./complaints.ts";
import type { HeldBackfills } from "./heldBackfills.ts";
import type { PlannerParts } from "./plannerParts.ts";
import type { RunLoop } from "../backfillRun/runLoop.ts";

/** Looks at what no event tells: leases to renew, backfills that nobody plans, workers that came, went or died. */
export class PlannerTick {
  readonly #parts: PlannerParts;
  readonly #complaints: Complaints;
  #workers: readonly RegisteredWorker[] = [];

  constructor(parts: PlannerParts, complaints: Complaints) {
    this.#parts = parts;
    this.#complaints = complaints;
  }

  /** The workers, as of the last look. */
  get workers(): readonly RegisteredWorker[] {
    return this.#workers;
  }

  /** Looks once. Each step stands by itself, so that what cannot be read keeps nothing else from being looked after. */
  async look(held: HeldBackfills): Promise<void> {
    const { store, registered } = this.#parts;
    const guard = this.#complaints.guard.bind(this.#complaints);
    await guard("workers", "reading the worker registry failed", () => this.#readWorkers());
    const renew = (loop: RunLoop) => {
      const facts = { backfill: loop.run.id };
      const problem = "renewing a lease failed";
      return guard(`lease ${loop.run.id}`, problem, () => loop.renewLease(), facts);
    };
    await inGroups(held.list(), renew);
    const active =
      (await guard("active", "reading the list of active backfills failed", () =>
        activeBackfills(store),
      )) ?? [];
    // Ids begin with their time: the oldest is taken on first.
    active.sort();
    const foreign = () => active.filter((id) => held.get(id) === undefined);
    await Promise.all(foreign().map((id) => held.adopt(id)));
    await guard("others", "reading the backfills of other planners failed", () =>
      held.others.look(foreign()),
    );
    const lapse = (asset: string) => {
      const problem = "freeing lapsed claims failed";
      return guard(`lapse ${asset}`, problem, () => this.#lapse(asset), { asset });
    };
    await inGroups([...new Set([...registered.keys(), ...held.assets])], lapse);
    await guard("permits", "reviewing permits failed", () => reviewPermits(store));
  }

  async #lapse(asset: string): Promise<void> {
    const { log } = this.#parts;
    const lapsed = await this.#parts.lapse(asset);
    if (lapsed > 0)
      log.warn(
        "claims have lapsed, because a worker died, froze or did not reach Redis; their partitions are free again",
        { asset, partitions: lapsed },
      );
  }

  async #readWorkers(): Promise<void> {
    const { workers, unreadable } = await readWorkerRegistry(this.#parts.store);
    this.#workers = workers;
    for (const { id, reason, excerpt } of unreadable) {
      const problem = "the entry of a worker is unreadable; planning without that worker";
      this.#complaints.tell(`worker ${id}`, problem, { worker: id, reason, excerpt });
    }
  }
}
