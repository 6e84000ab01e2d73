import type { AnyAsset } from "@infill/core";
import {
  axesOf,
  type Coordinates,
  type DynamicKeys,
  dynamicNamesOf,
  type PartitionsContext,
  type PartitionsDefinition,
} from "@infill/partitions";
import type { Redis } from "ioredis";
import { z } from "zod";
import { DynamicKeyHistory } from "./dynamicKeyHistory.ts";
import type { Keys } from "../keys/keys.ts";
import { isWrongType, StateUnreadableError } from "../redis/unreadable.ts";

/** What a plan knows of dynamic keys: of each definition that it looked at, the newest change that it saw. */
export const dynamicRevisionsSchema = z
  .array(z.tuple([z.string().max(4_096), z.string().regex(/^\d{1,15}-\d{1,15}$/)]))
  .max(1_000);
export type DynamicRevisions = z.output<typeof dynamicRevisionsSchema>;

/** The moment of a plan: what exists follows from it. */
export interface PlanMoment {
  /** Epoch milliseconds. */
  readonly plannedMs: number;
  /** Absent where nothing is dynamic. */
  readonly dynamic?: DynamicRevisions | undefined;
}

/** The keys of several definitions. Those that cannot be read are missed where somebody asks for them, and nowhere else. */
class ReadableKeys extends Map<string, DynamicKeys> {
  readonly unreadable = new Map<string, unknown>();

  override get(name: string): DynamicKeys | undefined {
    if (this.unreadable.has(name)) {
      const cause = this.unreadable.get(name);
      throw new StateUnreadableError(`The keys of dynamic partitions "${name}"`, { cause });
    }
    return super.get(name);
  }
}

/** The keys of dynamic definitions, as far as this process has read them. */
export class DynamicKeySets {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #histories = new Map<string, DynamicKeyHistory>();

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** The history of one definition. What was read of it before is kept; `read` takes in what is new. */
  history(name: string): DynamicKeyHistory {
    let history = this.#histories.get(name);
    if (history === undefined) {
      history = new DynamicKeyHistory(this.#redis, this.#keys, name);
      this.#histories.set(name, history);
    }
    return history;
  }

  /** The moment of a plan that is made now: of these dynamic definitions, the keys that are there. */
  async moment(names: readonly string[], nowMs: number): Promise<PlanMoment> {
    if (names.length === 0) return { plannedMs: nowMs };
    const dynamic = await Promise.all(
      names.map(async (name): Promise<[string, string][]> => {
        const history = this.history(name);
        try {
          await history.read();
        } catch (error) {
          // Who needs them is told by the context.
          if (!isWrongType(error)) throw error;
          return [];
        }
        return [[name, history.revision]];
      }),
    );
    return { plannedMs: nowMs, dynamic: dynamic.flat() };
  }

  /**
   * What pure code has to know of a moment.
   *
   * @param names the dynamic definitions that it will be asked about; one that the moment does not speak of is taken as it
   * is now
   */
  async context(
    names: readonly string[],
    { plannedMs, dynamic = [] }: PlanMoment,
  ): Promise<PartitionsContext> {
    if (names.length === 0) return { nowMs: plannedMs };
    const revisions = new Map(dynamic);
    const dynamicKeys = new ReadableKeys();
    await Promise.all(
      names.map(async (name) => {
        const history = this.history(name);
        try {
          await history.read();
          dynamicKeys.set(name, history.at(revisions.get(name) ?? history.revision));
        } catch (error) {
          if (!isWrongType(error)) throw error;
          dynamicKeys.unreadable.set(name, error);
        }
      }),
    );
    return { nowMs: plannedMs, dynamicKeys };
  }

  /** Whether the dynamic keys of a partition were there when they were last read. */
  areThere(definition: PartitionsDefinition, coordinates: Coordinates): boolean {
    return axesOf(definition).every(
      ({ definition: axis }, index) =>
        axis.kind !== "dynamic" || this.history(axis.name).has(coordinates[index] ?? -1),
    );
  }
}

/** The names of the dynamic definitions of assets, each once. */
export function dynamicNamesOfAssets(assets: Iterable<AnyAsset>): string[] {
  const names = new Set<string>();
  for (const { partitions } of assets)
    for (const name of dynamicNamesOf(partitions)) names.add(name);
  return [...names];
}
