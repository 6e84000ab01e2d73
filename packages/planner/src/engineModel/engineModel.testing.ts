import type { AssetGraph } from "@infill/core";
import type { Release } from "@infill/state";
import type { ModelClaim, ModelPartition, ModelPartitions } from "./modelPartitions.testing.ts";

/** The state of a selected partition in one backfill. Its claim says whether it is in progress. */
export type Standing = "waiting" | "queued" | "succeeded" | "failed" | "skipped" | "canceled";
export type ModelStatus = "running" | "paused" | "canceling" | "succeeded" | "failed" | "canceled";
/** A ledger's control. */
export type ModelControl = "running" | "paused" | "stopping" | "canceling";

/** One backfill, partition by partition. */
export interface ModelBackfill {
  readonly id: string;
  /** In topological order. */
  readonly assets: readonly string[];
  status: ModelStatus;
  /** While it is paused: running partitions are aborted. */
  isStopping: boolean;
  /** The control of each asset's ledger. */
  readonly controls: Map<string, ModelControl>;
  readonly standings: Map<ModelPartition, Standing>;
  /** The largest limit on its jobs so far; undefined for none. */
  window: number | undefined;
  readonly overlap: "share" | "rerun";
  readonly minSuccessRatio: number;
  /** Whether it may pause by itself, because it has a budget or a canary. */
  readonly isLimited: boolean;
}

/** A settlement that the stream must have once: `backfill outcome`. */
export interface ModelSettlement {
  readonly partition: ModelPartition;
  readonly backfill: string;
  readonly outcome: "succeeded" | "failed";
}

/**
 * The reference model that Redis is compared with: the engine's rules in plain maps, one partition
 * at a time.
 *
 * The actions of workers and users have one right result, which the methods return. A planner's
 * actions are free within rules: `mayBecome` tells whether one is permitted.
 */
export class EngineModel {
  readonly partitions: ModelPartitions;
  readonly #graph: AssetGraph;
  readonly backfills = new Map<string, ModelBackfill>();
  /** Sessions with a valid lease, as `asset session`. */
  readonly #live = new Set<string>();
  #settlements: ModelSettlement[] = [];

  constructor(graph: AssetGraph, partitions: ModelPartitions) {
    this.#graph = graph;
    this.partitions = partitions;
  }

  partition(asset: string, lane: string, ordinal: number): ModelPartition {
    const found = this.partitions.get(asset)?.get(`${lane}:${ordinal}`);
    if (found === undefined) throw new Error(`Bug: no partition ${asset} ${lane}:${ordinal}`);
    return found;
  }

  backfill(id: string): ModelBackfill {
    const found = this.backfills.get(id);
    if (found === undefined) throw new Error(`Bug: no backfill ${id}`);
    return found;
  }

  /** Settlements since the last call. */
  takeSettlements(): ModelSettlement[] {
    return this.#settlements.splice(0);
  }

  /**
   * The partitions that a request over these assets selects: roots whole, the others by what each
   * partition needs.
   */
  selection(assets: readonly string[]): ModelPartition[] {
    const selected = new Set<ModelPartition>();
    for (const [name, members] of this.partitions) {
      if (!assets.includes(name)) continue;
      const reads = this.#graph
        .upstreamEdges(name)
        .map(({ upstreamAsset }) => upstreamAsset)
        .filter((upstream) => upstream !== name && assets.includes(upstream));
      for (const partition of members.values()) {
        const isFed = partition.needs.some(
          (needed) => needed.asset !== name && selected.has(needed),
        );
        if (reads.length === 0 || isFed) selected.add(partition);
      }
    }
    return [...selected];
  }

  claim(partition: ModelPartition, id: string, session: string, number: number): string {
    this.#live.add(`${partition.asset} ${session}`);
    const backfill = this.backfill(id);
    if (backfill.standings.get(partition) !== "queued") return "gone";
    const { claim } = partition;
    if (claim?.state === "R" && claim.session === session && claim.number === number)
      return `claimed ${claim.attempt} ${claim.deaths}`;
    const mayStart = backfill.controls.get(partition.asset) === "running";
    if (claim?.state === "R" && (mayStart || claim.backfill === id)) {
      if (this.#isLive(partition, claim.session)) {
        if (claim.backfill !== id) partition.waiters.add(id);
        return "held";
      }
      lapseClaim(claim);
    }
    if (!mayStart) {
      backfill.standings.set(partition, "waiting");
      return "stopped";
    }
    const isMine = claim?.backfill === id;
    const attempt = isMine ? (claim?.attempt ?? 0) + 1 : 1;
    const deaths = isMine ? (claim?.deaths ?? 0) : 0;
    const free = isMine ? (claim?.free ?? 0) : 0;
    const isStarted = deaths === 0;
    partition.claim = {
      state: "R",
      session,
      number,
      attempt,
      deaths,
      free,
      isStarted,
      backfill: id,
    };
    return `claimed ${attempt} ${deaths}`;
  }

  start(partition: ModelPartition, session: string, number: number): boolean {
    const claim = this.#running(partition, session, number);
    if (claim !== undefined) claim.isStarted = true;
    return claim !== undefined;
  }

  settle(
    partition: ModelPartition,
    id: string,
    session: string,
    number: number,
    outcome: "succeeded" | "failed",
  ): "settled" | "refused" {
    if (this.#running(partition, session, number) === undefined)
      return partition.recordedClaim === `${session} ${number}` ? "settled" : "refused";
    partition.claim = undefined;
    partition.recordedClaim = `${session} ${number}`;
    if (outcome === "succeeded") partition.isMaterialized = true;
    partition.isFailed = outcome === "failed";
    for (const other of [...partition.waiters, id]) {
      const { standings, overlap, controls } = this.backfill(other);
      const isCanceled = controls.get(partition.asset) === "canceling";
      if (other !== id && (overlap === "rerun" || isCanceled)) continue;
      const standing = standings.get(partition);
      if (standing !== "queued" && standing !== "waiting") continue;
      standings.set(partition, outcome);
      this.#settlements.push({ partition, backfill: other, outcome });
    }
    partition.waiters.clear();
    return "settled";
  }

  release(
    partition: ModelPartition,
    id: string,
    session: string,
    number: number,
    how: Release["how"],
  ): "released" | "refused" {
    const claim = this.#running(partition, session, number);
    if (claim === undefined) return "refused";
    if (how === "cancel") {
      partition.claim = undefined;
    } else {
      claim.state = "W";
      if (how === "unstarted" || !claim.isStarted) claim.attempt--;
      else if (how !== "retry") claim.free++;
    }
    const { standings } = this.backfill(id);
    if ((how === "stop" || how === "cancel") && standings.get(partition) === "queued")
      standings.set(partition, "waiting");
    if (how !== "retry") partition.waiters.clear();
    return "released";
  }

  /** A session's lease ends; its claims stay until somebody lapses them. */
  expire(asset: string, session: string): void {
    this.#live.delete(`${asset} ${session}`);
  }

  /** @returns how many claims of the asset lapsed */
  lapse(asset: string): number {
    let lapsed = 0;
    for (const partition of this.partitions.get(asset)?.values() ?? []) {
      const { claim } = partition;
      if (claim?.state !== "R" || this.#isLive(partition, claim.session)) continue;
      lapseClaim(claim);
      lapsed++;
    }
    return lapsed;
  }

  /**
   * A user's action; a backfill whose status does not permit it stays as it is.
   *
   * @param ledgers whether the ledgers got their controls too, or the client died before that
   */
  control(id: string, what: "pause" | "stop" | "resume" | "cancel", ledgers: boolean): void {
    const backfill = this.backfill(id);
    const { status } = backfill;
    const isOpen = status === "running" || status === "paused";
    if (isOpen && what === "cancel") backfill.status = "canceling";
    else if (isOpen && what !== "resume") {
      backfill.status = "paused";
      backfill.isStopping = what === "stop";
    } else if (status === "paused" && what === "resume") backfill.status = "running";
    if (ledgers) this.#tellLedgers(backfill);
  }

  #tellLedgers(backfill: ModelBackfill): void {
    for (const asset of backfill.assets) backfill.controls.set(asset, controlOf(backfill));
  }

  /** Cancels those partitions that have no outcome and do not run. @returns how many */
  drop(id: string, partitions: readonly ModelPartition[]): number {
    const { standings } = this.backfill(id);
    let dropped = 0;
    for (const partition of partitions) {
      const standing = standings.get(partition);
      const isMine = partition.claim?.backfill === id;
      if (standing === "queued" && isMine) {
        if (partition.claim?.state === "R") continue;
        partition.claim = undefined;
      } else if (standing !== "queued" && standing !== "waiting") continue;
      standings.set(partition, "canceled");
      dropped++;
    }
    return dropped;
  }

  /** Adds partitions to a backfill or restores canceled ones. @returns how many */
  add(id: string, partitions: readonly ModelPartition[]): number {
    const { standings } = this.backfill(id);
    const added = partitions.filter(
      (partition) => (standings.get(partition) ?? "canceled") === "canceled",
    );
    for (const partition of added) standings.set(partition, "waiting");
    return added.length;
  }

  /** Reopens failed, skipped and canceled partitions. @returns how many */
  retry(id: string): number {
    const backfill = this.backfill(id);
    if (backfill.status === "canceling") return 0;
    const isCanceled = backfill.status === "canceled";
    let taken = 0;
    for (const [partition, standing] of backfill.standings) {
      if (standing === "failed" || standing === "skipped" || standing === "canceled")
        backfill.standings.set(partition, "waiting");
      else if (!isCanceled || (standing !== "waiting" && standing !== "queued")) continue;
      taken++;
    }
    if (taken === 0) return 0;
    if (backfill.status !== "paused") backfill.status = "running";
    this.#tellLedgers(backfill);
    return taken;
  }

  /** Running claims of one backfill. */
  runningOf(id: string): ModelPartition[] {
    return Array.from(this.backfill(id).standings.keys()).filter(
      ({ claim }) => claim?.state === "R" && claim.backfill === id,
    );
  }

  /** Whether every selected partition that this one needs has succeeded in the backfill. */
  isFree({ standings }: ModelBackfill, partition: ModelPartition): boolean {
    return partition.needs.every(
      (needed) => (standings.get(needed) ?? "succeeded") === "succeeded",
    );
  }

  /** Whether a partition that this one needs failed or was skipped. */
  isDoomed({ standings }: ModelBackfill, partition: ModelPartition): boolean {
    return partition.needs.some((needed) => {
      const standing = standings.get(needed);
      return standing === "failed" || standing === "skipped" || standing === "canceled";
    });
  }

  /** Whether a planner may change a backfill's status to this one now. */
  mayBecome(backfill: ModelBackfill, status: ModelStatus): boolean {
    const outcomes = [...backfill.standings.values()];
    const has = (wanted: Standing) => outcomes.filter((standing) => standing === wanted).length;
    const isSettled = has("waiting") + has("queued") === 0;
    const isOpen = backfill.status === "running" || backfill.status === "paused";
    const due = (outcomes.length - has("canceled")) * backfill.minSuccessRatio;
    switch (status) {
      case "succeeded":
        return isOpen && isSettled && has("succeeded") >= due;
      case "failed":
        return isOpen && isSettled && has("succeeded") < due;
      case "canceled":
        return backfill.status === "canceling" && this.runningOf(backfill.id).length === 0;
      case "paused":
        return backfill.status === "running" && backfill.isLimited;
      case "running":
      case "canceling":
        return false;
    }
  }

  #running(partition: ModelPartition, session: string, number: number) {
    const { claim } = partition;
    const isMine = claim?.state === "R" && claim.session === session && claim.number === number;
    return isMine ? claim : undefined;
  }

  #isLive({ asset }: ModelPartition, session: string): boolean {
    return this.#live.has(`${asset} ${session}`);
  }
}

/** The control that a backfill's status requires. */
export function controlOf({ status, isStopping }: ModelBackfill): ModelControl {
  if (status === "paused") return isStopping ? "stopping" : "paused";
  return status === "canceling" || status === "canceled" ? "canceling" : "running";
}

/** The session of a running claim has died. */
function lapseClaim(claim: ModelClaim): void {
  claim.state = "L";
  if (claim.isStarted) claim.deaths++;
  else claim.attempt--;
}
