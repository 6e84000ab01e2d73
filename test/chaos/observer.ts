import { setTimeout as delay } from "node:timers/promises";
import { parseClaimEntry, parseSettlements, type SettlementEvent, stateKeys } from "@infill/state";
import { Redis } from "ioredis";

/** One entry of a settlement stream. */
export interface SeenSettlement {
  /** When, by Redis' clock, epoch milliseconds. */
  readonly atMs: number;
  readonly sequence: number;
  readonly event: SettlementEvent;
}

/** A claim that was seen held. */
export interface SeenClaim {
  readonly asset: string;
  /** `<lane>:<ordinal>` */
  readonly place: string;
  readonly session: string;
  readonly number: number;
  readonly attempt: number;
  /** When it was granted, by Redis' clock; 0 for a suspect's that has not started. */
  readonly grantedMs: number;
  readonly backfillId: string;
}

const everyMs = 50;
/** The slow log holds 128 commands; it is read twice a second. */
const looksPerSlowlog = 10;

/**
 * Looks into Redis each 50 ms, on a connection of its own, and keeps what it saw: all settlements, the claims that were
 * held, and how many jobs each backfill had. Where Redis is away it looks again later.
 */
export class Observer {
  readonly settlements: SeenSettlement[] = [];
  /** By `asset place session number`. */
  readonly claims = new Map<string, SeenClaim>();
  /** Most jobs of a backfill that were in Redis at once. */
  readonly mostJobs = new Map<string, number>();
  looks = 0;
  /** The slowest script so far, in milliseconds; 0 where all took less than half of one. */
  slowestScriptMs = 0;
  readonly #redis: Redis;
  readonly #keys: ReturnType<typeof stateKeys>;
  readonly #assets: readonly string[];
  readonly #pools: readonly string[];
  readonly #last = new Map<string, string>();
  readonly #closing = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(
    redisUrl: string,
    namespace: string,
    assets: readonly string[],
    pools: readonly string[],
  ) {
    this.#redis = new Redis(redisUrl, {
      connectionName: "chaos:observer",
      maxRetriesPerRequest: 1,
      commandTimeout: 2_000,
      retryStrategy: () => 100,
    });
    this.#redis.on("error", () => {});
    this.#keys = stateKeys(namespace);
    this.#assets = assets;
    this.#pools = pools;
  }

  start(): void {
    this.#loop = this.#lookForEver();
  }

  /** Reads what has come since, to the last. */
  async lookOnceMore(): Promise<void> {
    await this.look();
    await this.#readSlowlog();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop;
    this.#redis.disconnect();
  }

  /** Partitions that have settled, skipped ones apart. */
  get settled(): number {
    return this.settlements.reduce(
      (sum, { event: { change } }) =>
        change.kind === "succeeded" || change.kind === "failed"
          ? sum + change.ordinals.length
          : sum,
      0,
    );
  }

  /** Reads what has come since the last look. */
  async look(): Promise<void> {
    await this.#readSettlements();
    await this.#readClaims();
    await this.#countJobs();
    if (this.looks % looksPerSlowlog === 0) await this.#readSlowlog();
    this.looks++;
  }

  async #lookForEver(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await this.look();
      } catch {
        // Redis is away, which is what is tested.
      }
      await delay(everyMs, undefined, { signal: this.#closing.signal }).catch(() => {});
    }
  }

  async #readSettlements(): Promise<void> {
    for (const asset of this.#assets) {
      const key = this.#keys.settlements(asset);
      const after = this.#last.get(key);
      const entries = await this.#redis.xrange(key, after === undefined ? "-" : `(${after}`, "+");
      for (const [id, [, sequence = "", , text = ""]] of entries) {
        this.#last.set(key, id);
        const atMs = Number(id.split("-")[0]);
        for (const event of parseSettlements(asset, text) ?? [])
          this.settlements.push({ atMs, sequence: Number(sequence), event });
      }
    }
  }

  async #readClaims(): Promise<void> {
    for (const asset of this.#assets) {
      const entries = await this.#redis.hgetall(this.#keys.claims(asset));
      for (const [place, entry] of Object.entries(entries)) {
        const claim = parseClaimEntry(entry);
        if (claim?.state !== "running") continue;
        const { session, claimNumber: number, attempt, startedMs: grantedMs, backfillId } = claim;
        this.claims.set(`${asset} ${place} ${session} ${number}`, {
          ...{ asset, place, session, number, attempt, grantedMs, backfillId },
        });
      }
    }
  }

  /** Empties it too: what a restart of Redis forgets is at most what came since the last time. */
  async #readSlowlog(): Promise<void> {
    const [answer] = (await this.#redis.multi().slowlog("GET", 128).slowlog("RESET").exec()) ?? [];
    // Entries are [id, at, microseconds, [command, …], …].
    const entries = (answer?.[1] ?? []) as [number, number, number, string[]][];
    for (const [, , micros, [command = ""]] of entries)
      if (/^eval(sha)?$/i.test(command))
        this.slowestScriptMs = Math.max(this.slowestScriptMs, micros / 1_000);
  }

  async #countJobs(): Promise<void> {
    for (const pool of this.#pools) {
      const jobs = new Map<string, number>();
      for (const id of await jobIds(this.#redis, this.#keys, pool)) {
        const [backfillId = ""] = id.split("-");
        jobs.set(backfillId, (jobs.get(backfillId) ?? 0) + 1);
      }
      for (const [id, count] of jobs)
        this.mostJobs.set(id, Math.max(count, this.mostJobs.get(id) ?? 0));
    }
  }
}

/** The ids of all jobs that a pool holds, read at one moment. */
export async function jobIds(
  redis: Redis,
  keys: ReturnType<typeof stateKeys>,
  pool: string,
): Promise<Set<string>> {
  const queue = `${keys.poolPrefix(pool)}:${pool}`;
  const answers = await redis
    .multi()
    .lrange(`${queue}:wait`, 0, -1)
    .lrange(`${queue}:paused`, 0, -1)
    .lrange(`${queue}:active`, 0, -1)
    .zrange(`${queue}:prioritized`, 0, "-1")
    .zrange(`${queue}:delayed`, 0, "-1")
    .exec();
  // Lists of job ids, as the five commands give them.
  return new Set(
    (answers ?? []).flatMap(([error, ids]) => (error === null ? (ids as string[]) : [])),
  );
}
