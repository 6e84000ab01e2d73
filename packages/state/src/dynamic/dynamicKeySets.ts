import type { AnyAsset } from "@infill/core";
import {
  axesOf,
  type Coordinates,
  type DynamicKeys,
  dynamicNameOf,
  dynamicNamesOf,
  type PartitionsContext,
  type PartitionsDefinition,
} from "@infill/partitions";
import type { Redis } from "ioredis";
import { z } from "zod";
import { DynamicKeyHistory } from "./dynamicKeyHistory.ts";
import type { Keys } from "../keys/keys.ts";
import { isWrongType, StateUnreadableError } from "../redis/unreadable.ts";

/**
 * The revisions of dynamic keys that a plan was made with: for each definition that it read, the
 * newest change.
 */
export const dynamicRevisionsSchema = z
  .array(z.tuple([z.string().max(4_096), z.string().regex(/^\d{1,15}-\d{1,15}$/)]))
  .max(1_000);
export type DynamicRevisions = z.output<typeof dynamicRevisionsSchema>;

/** The moment of a plan, which decides what exists. */
export interface PlanMoment {
  /** Epoch milliseconds. */
  readonly plannedMs: number;
  /** Absent if nothing is dynamic. */
  readonly dynamic?: DynamicRevisions | undefined;
}

/**
 * The keys of several definitions. An unreadable definition throws only when a caller asks for it.
 */
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

  /** The history of one definition. Keeps what was read before; `read` adds what is new. */
  history(name: string): DynamicKeyHistory {
    let history = this.#histories.get(name);
    if (history === undefined) {
      history = new DynamicKeyHistory(this.#redis, this.#keys, name);
      this.#histories.set(name, history);
    }
    return history;
  }

  /** The present moment for a plan: the instant, and the newest revisions of these definitions. */
  async moment(names: readonly string[], nowMs: number): Promise<PlanMoment> {
    if (names.length === 0) return { plannedMs: nowMs };
    const dynamic = await Promise.all(
      names.map(async (name): Promise<[string, string][]> => {
        const history = this.history(name);
        try {
          await history.read();
        } catch (error) {
          // The context tells the caller that needs the keys.
          if (!isWrongType(error)) throw error;
          return [];
        }
        return [[name, history.revision]];
      }),
    );
    return { plannedMs: nowMs, dynamic: dynamic.flat() };
  }

  /**
   * The facts about a moment that pure code needs.
   *
   * @param names the dynamic definitions that it needs; one without a revision in the moment is
   *   read at its newest
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

  /** Whether the dynamic keys of a partition were present at the last read. */
  areThere(definition: PartitionsDefinition, coordinates: Coordinates): boolean {
    return axesOf(definition).every(({ definition: axis }, index) => {
      const name = dynamicNameOf(axis);
      return name === undefined || this.history(name).has(coordinates[index] ?? -1);
    });
  }
}

/** The names of the dynamic definitions of assets, without duplicates. */
export function dynamicNamesOfAssets(assets: Iterable<AnyAsset>): string[] {
  const names = new Set<string>();
  for (const { partitions } of assets)
    for (const name of dynamicNamesOf(partitions)) names.add(name);
  return [...names];
}
