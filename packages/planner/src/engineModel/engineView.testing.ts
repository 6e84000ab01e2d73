import { hasInteger } from "@infill/partitions";
import {
  chunkOf,
  chunkOrdinals,
  type LaneOrdinals,
  readSealed,
  type StateStore,
} from "@infill/state";
import type { PoolQueues } from "@infill/planning";
import type { ModelPartition, ModelPartitions } from "./modelPartitions.testing.ts";
import type { Standing } from "./engineModel.testing.ts";

/** The state of one backfill in Redis. */
export interface BackfillView {
  readonly status: string;
  readonly standings: ReadonlyMap<ModelPartition, Standing>;
  readonly controls: ReadonlyMap<string, string>;
}

/** The state in Redis, read directly (bits, entries and jobs) without the code under test. */
export interface EngineView {
  readonly backfills: ReadonlyMap<string, BackfillView>;
  /** Claim entries without their start time, by partition. */
  readonly claims: ReadonlyMap<ModelPartition, string>;
  readonly materialized: ReadonlySet<ModelPartition>;
  readonly failed: ReadonlySet<ModelPartition>;
  /** The texts of new entries of each asset's settlement stream. */
  readonly settlements: ReadonlyMap<string, readonly string[]>;
  /** New entries of the stream of backfills. */
  readonly statuses: readonly { readonly backfillId: string; readonly status: string }[];
  /** The ids of all jobs in Redis, by pool. */
  readonly jobs: ReadonlyMap<string, readonly string[]>;
}

/** Neighbors whose bits are in one key. */
interface Segment {
  readonly asset: string;
  readonly lane: string;
  readonly chunk: number;
  readonly firstByte: number;
  readonly lastByte: number;
  readonly members: readonly ModelPartition[];
}

/** One plane of one segment. */
interface BitsToRead {
  /** The plane's name, after the backfill's id if it is a ledger's. */
  readonly plane: string;
  readonly segment: Segment;
  readonly key: string;
}

/** Reads byte ranges from a list in Redis of key, first and last byte. */
const readBits = `
  local places, bytes = redis.call("LRANGE", KEYS[1], 0, -1), {}
  for at = 1, #places, 3 do
    bytes[#bytes + 1] = redis.call("GETRANGE", places[at], places[at + 1], places[at + 2])
  end
  return bytes`;

const ledgerPlanes = ["queued", "settled", "failed", "skipped", "canceled"] as const;

/** Reads one history's whole state in Redis, in one round trip. */
export class EngineViewer {
  readonly #store: StateStore;
  readonly #queues: PoolQueues;
  readonly #pools: readonly string[];
  readonly #partitions: ModelPartitions;
  readonly #segments: readonly Segment[];
  /** Last entry read of each stream. */
  readonly #read = new Map<string, string>();
  readonly #bitsKey: string;
  #bits: { readonly backfills: number; readonly list: readonly BitsToRead[] } = {
    backfills: -1,
    list: [],
  };

  constructor(
    store: StateStore,
    queues: PoolQueues,
    pools: readonly string[],
    partitions: ModelPartitions,
  ) {
    this.#store = store;
    this.#queues = queues;
    this.#pools = pools;
    this.#partitions = partitions;
    this.#segments = segmentsOf(partitions);
    this.#bitsKey = `${store.namespace}:looked-at`;
  }

  /** @param backfills the created ones, with their assets */
  async look(
    backfills: readonly { readonly id: string; readonly assets: readonly string[] }[],
  ): Promise<EngineView> {
    const { keys, redis } = this.#store;
    const pipeline = redis.pipeline();
    const readers: ((answer: unknown) => void)[] = [];
    const ask = (queue: () => unknown, read: (answer: unknown) => void) => {
      queue();
      readers.push(read);
    };
    const claims = new Map<ModelPartition, string>();
    const settlements = new Map<string, string[]>();
    const jobs = new Map<string, string[]>();
    const planes = new Map<string, Set<ModelPartition>>();
    const hashes = new Map<string, Record<string, string>>();
    const statuses: { backfillId: string; status: string }[] = [];
    const askNew = (key: string, read: (fields: readonly string[]) => void) =>
      ask(
        () => pipeline.xrange(key, this.#read.has(key) ? `(${this.#read.get(key)}` : "-", "+"),
        (answer) => {
          for (const [id, fields] of answer as [string, string[]][]) {
            this.#read.set(key, id);
            read(fields);
          }
        },
      );

    for (const [asset, members] of this.#partitions) {
      ask(
        () => pipeline.hgetall(keys.claims(asset)),
        (answer) => {
          for (const [field, entry] of Object.entries(answer as Record<string, string>)) {
            const partition = members.get(field);
            if (partition === undefined) throw new Error(`a claim of nothing: ${asset} ${field}`);
            claims.set(partition, entry.split(" ").toSpliced(5, 1).join(" "));
          }
        },
      );
      const texts: string[] = [];
      settlements.set(asset, texts);
      askNew(keys.settlements(asset), (fields) => texts.push(fields[3] ?? ""));
    }
    askNew(keys.backfillEvents, (fields) =>
      statuses.push({ backfillId: fields[1] ?? "", status: fields[3] ?? "" }),
    );
    const bits = await this.#bitsToRead(backfills);
    ask(
      () => pipeline.callBuffer("EVAL", readBits, 1, this.#bitsKey),
      (answer) => {
        for (const [index, { plane, segment }] of bits.entries()) {
          const set = planes.get(plane) ?? new Set();
          planes.set(plane, set);
          // One answer for each, in order.
          for (const partition of bitsOf(segment, (answer as Buffer[])[index], plane))
            set.add(partition);
        }
      },
    );
    const hash = (key: string) =>
      ask(
        () => pipeline.hgetall(key),
        (answer) => hashes.set(key, answer as Record<string, string>),
      );
    for (const { id, assets } of backfills) {
      hash(keys.backfill(id));
      for (const asset of assets) hash(keys.ledger(asset, id));
    }
    for (const pool of this.#pools) {
      const ids: string[] = [];
      jobs.set(pool, ids);
      const list = (answer: unknown) => void ids.push(...(answer as string[]));
      const key = (kind: string) => this.#queues.queue(pool).toKey(kind);
      for (const kind of ["wait", "active", "paused"])
        ask(() => pipeline.lrange(key(kind), 0, "-1"), list);
      for (const kind of ["prioritized", "delayed", "completed", "failed"])
        ask(() => pipeline.zrange(key(kind), 0, "-1"), list);
    }
    for (const [index, [error, answer]] of ((await pipeline.exec()) ?? []).entries()) {
      if (error !== null) throw error;
      readers[index]?.(answer);
    }

    for (const { id, assets } of backfills)
      for (const asset of assets)
        if (hashes.get(keys.ledger(asset, id))?.["sealed"] !== undefined)
          await this.#addSealed(asset, id, planes);

    const plane = (name: string): ReadonlySet<ModelPartition> => planes.get(name) ?? new Set();
    const running = new Set<ModelPartition>();
    for (const [partition, entry] of claims) if (entry.startsWith("R ")) running.add(partition);
    same("in-progress bits", plane("in_progress"), "running claims", running);
    return {
      claims,
      settlements,
      statuses,
      jobs,
      materialized: plane("materialized"),
      failed: plane("failed"),
      backfills: new Map(
        backfills.map(({ id, assets }) => {
          const standings = this.#standings(assets, {
            canceled: plane(`${id} canceled`),
            queued: plane(`${id} queued`),
            settled: plane(`${id} settled`),
            failed: plane(`${id} failed`),
            skipped: plane(`${id} skipped`),
          });
          const controls = new Map<string, string>();
          for (const asset of assets) {
            const ledger = hashes.get(keys.ledger(asset, id)) ?? {};
            controls.set(asset, ledger["control"] ?? "");
            const inProgress = Array.from(claims).filter(
              ([partition, entry]) =>
                partition.asset === asset && entry.startsWith("R ") && entry.endsWith(` ${id}`),
            ).length;
            checkCounters(`${id} ${asset}`, ledger, asset, standings, inProgress);
          }
          const status = hashes.get(keys.backfill(id))?.["status"] ?? "";
          return [id, { status, standings, controls }];
        }),
      ),
    };
  }

  /** The bits to read. Redis keeps the list of keys, so that the call does not send it. */
  async #bitsToRead(
    backfills: readonly { readonly id: string; readonly assets: readonly string[] }[],
  ): Promise<readonly BitsToRead[]> {
    if (this.#bits.backfills === backfills.length) return this.#bits.list;
    const { keys, redis } = this.#store;
    const list: BitsToRead[] = [];
    for (const segment of this.#segments) {
      const { asset, lane, chunk } = segment;
      for (const plane of ["materialized", "failed", "in_progress"] as const)
        list.push({ plane, segment, key: keys.plane(asset, lane, plane, chunk) });
      for (const { id, assets } of backfills) {
        if (!assets.includes(asset)) continue;
        for (const plane of ledgerPlanes) {
          const key = keys.ledgerPlane(asset, id, lane, plane, chunk);
          list.push({ plane: `${id} ${plane}`, segment, key });
        }
      }
    }
    const places = list.flatMap(({ key, segment: { firstByte, lastByte } }) => [
      key,
      firstByte,
      lastByte,
    ]);
    await redis.del(this.#bitsKey);
    await redis.rpush(this.#bitsKey, ...places);
    this.#bits = { backfills: backfills.length, list };
    return list;
  }

  /** Adds the outcomes of a sealed ledger, which has no bitmaps. */
  async #addSealed(
    asset: string,
    id: string,
    planes: Map<string, Set<ModelPartition>>,
  ): Promise<void> {
    const sealed = await readSealed(this.#store, asset, id);
    if (sealed === undefined) throw new Error(`the seal of ${id} ${asset} cannot be read`);
    const add = (plane: string, lanes: readonly LaneOrdinals[]) => {
      const set = planes.get(`${id} ${plane}`) ?? new Set();
      planes.set(`${id} ${plane}`, set);
      for (const member of this.#partitions.get(asset)?.values() ?? []) {
        if (set.has(member)) throw new Error(`${id} ${asset} is sealed, and has bits in ${plane}`);
        const mine = lanes.find(({ lane }) => lane === member.lane)?.ordinals;
        if (mine !== undefined && hasInteger(mine, member.ordinal)) set.add(member);
      }
    };
    add("settled", sealed.selected);
    for (const plane of ["failed", "skipped", "canceled"] as const)
      add(plane, sealed.outcomes.get(plane) ?? []);
  }

  /**
   * Every partition with a bit in some plane of the ledger. A selected one without a bit is
   * waiting.
   */
  #standings(
    assets: readonly string[],
    planes: Readonly<Record<(typeof ledgerPlanes)[number], ReadonlySet<ModelPartition>>>,
  ): Map<ModelPartition, Standing> {
    const standings = new Map<ModelPartition, Standing>();
    for (const asset of assets) {
      for (const partition of this.#partitions.get(asset)?.values() ?? []) {
        const has = (plane: keyof typeof planes) => planes[plane].has(partition);
        const outcomes = [has("failed"), has("skipped"), has("canceled")].filter(Boolean).length;
        if (
          outcomes > 1 ||
          (outcomes === 1 && !has("settled")) ||
          (has("queued") && has("settled"))
        )
          throw new Error(`several standings at once: ${asset} ${partition.key}`);
        if (has("failed")) standings.set(partition, "failed");
        else if (has("skipped")) standings.set(partition, "skipped");
        else if (has("canceled")) standings.set(partition, "canceled");
        else if (has("settled")) standings.set(partition, "succeeded");
        else if (has("queued")) standings.set(partition, "queued");
      }
    }
    return standings;
  }
}

function checkCounters(
  name: string,
  ledger: Readonly<Record<string, string>>,
  asset: string,
  standings: ReadonlyMap<ModelPartition, Standing>,
  inProgress: number,
): void {
  const outcomes = { succeeded: 0, failed: 0, skipped: 0, canceled: 0 };
  const counted = { queued: 0, in_progress: inProgress, ...outcomes };
  for (const [partition, standing] of standings)
    if (partition.asset === asset && standing !== "waiting") counted[standing]++;
  for (const [word, count] of Object.entries(counted)) {
    if (Number(ledger[word] ?? 0) !== count)
      throw new Error(`counter "${word}" of ${name} is ${ledger[word]}, and its bits are ${count}`);
  }
}

function same(
  oneName: string,
  one: ReadonlySet<ModelPartition>,
  otherName: string,
  other: ReadonlySet<ModelPartition>,
): void {
  for (const [name, from, to] of [
    [oneName, one, other],
    [otherName, other, one],
  ] as const) {
    for (const { asset, key } of [...from].filter((partition) => !to.has(partition)))
      throw new Error(`${oneName} and ${otherName} differ: only the ${name} have ${asset} ${key}`);
  }
}

function bitsOf(segment: Segment, answer: unknown, plane: string): ModelPartition[] {
  const bytes = Buffer.isBuffer(answer) ? answer : Buffer.alloc(0);
  let left = 0;
  for (const byte of bytes) for (let bits = byte; bits > 0; bits &= bits - 1) left++;
  const found = segment.members.filter(({ ordinal }) => {
    const offset = ordinal - segment.chunk * chunkOrdinals;
    return ((bytes[(offset >> 3) - segment.firstByte] ?? 0) & (128 >> (offset & 7))) !== 0;
  });
  if (found.length !== left)
    throw new Error(`plane ${plane} of ${segment.asset} has bits that are no partition's`);
  return found;
}

function segmentsOf(partitions: ModelPartitions): Segment[] {
  const groups = new Map<string, ModelPartition[]>();
  for (const members of partitions.values()) {
    for (const partition of members.values()) {
      const name = `${partition.asset} ${partition.lane} ${chunkOf(partition.ordinal)}`;
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [partition]);
      else group.push(partition);
    }
  }
  return Array.from(groups.values()).flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const chunk = chunkOf(first.ordinal);
    const bytes = members.map(({ ordinal }) => (ordinal - chunk * chunkOrdinals) >> 3);
    const { asset, lane } = first;
    return [
      { asset, lane, chunk, members, firstByte: Math.min(...bytes), lastByte: Math.max(...bytes) },
    ];
  });
}
