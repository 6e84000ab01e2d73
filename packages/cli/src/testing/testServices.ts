import { changeSettings, project, settingChangesSchema } from "@infill/core";
import type { InfillClient } from "@infill/client";
import type { Services } from "../command/services.ts";
import {
  sampleAsset,
  sampleBackfill,
  sampleChange,
  sampleChanged,
  sampleDelivery,
  sampleDynamic,
  sampleDynamicChange,
  sampleDynamicEvent,
  sampleDynamicKey,
  sampleEvent,
  sampleFailures,
  sampleGaps,
  sampleId,
  samplePartition,
  samplePlanner,
  samplePool,
  samplePreview,
  samplePrune,
  setWithHole,
  samplePruned,
  sampleReport,
  sampleWhy,
  sampleWorker,
} from "./samples.ts";

/** What a test changes of the sample client, and what calls it saw. */
export interface TestServices extends Services {
  /** Calls that would have changed something: the method and its arguments. */
  readonly changes: readonly (readonly [method: string, ...args: unknown[]])[];
}

const sampleKept = { materialized: 22, failed: 1, dropped: 3, added: 4, isUnderWay: false };
const sampleState = {
  ...{ materialized: 100, failed: 2, inProgress: 0 },
  ...{ records: 102, ledgers: 1, keys: 12 },
};

function changedSets(add: string | undefined, drop: string | undefined) {
  const oneDay = { asset: "total", keys: 1, firstKey: "", lastKey: "" };
  return {
    added: add === undefined ? [] : [setWithHole],
    dropped: drop === undefined ? [] : [oneDay],
  };
}

/** Resources of the client, of which a test replaces some functions. */
type Resources = Omit<InfillClient, "project" | "connection" | "redis" | "close">;
type Overrides = { readonly [name in keyof Resources]?: Partial<Resources[name]> } & Partial<
  Pick<Services, "runDoctor"> & Pick<InfillClient, "redis">
>;

/** A client that answers with the samples, so that a test sees what the command makes of an answer. */
export function testServices({
  runDoctor,
  redis = { version: "7.2.0", appendOnly: true, warnings: [] },
  ...overrides
}: Overrides = {}): TestServices {
  const changes: [string, ...unknown[]][] = [];
  const client: InfillClient = {
    project: project({ assets: [] }),
    get connection(): never {
      throw new Error("The sample client is not connected");
    },
    redis,
    backfills: {
      preview: async () => samplePreview,
      async create(request) {
        changes.push(["backfills.create", request]);
        return { id: sampleId, preview: samplePreview };
      },
      list: async () => ({ items: [sampleBackfill], nextCursor: "c1" }),
      resolveId: async (text) => (text === "latest" ? sampleId : text),
      get: async () => sampleBackfill,
      async *watch() {
        yield sampleBackfill;
        yield {
          ...sampleBackfill,
          status: "succeeded" as const,
          finishedAt: "2024-06-01T12:00:00.000Z",
        };
      },
      async cancel(id, by) {
        changes.push(["backfills.cancel", id, by]);
        return { ...sampleBackfill, status: "canceling" };
      },
      async pause(id, options) {
        changes.push(["backfills.pause", id, options]);
        return { ...sampleBackfill, status: "paused" };
      },
      async change(id, asked, by) {
        const { add, drop, ...settings } = asked;
        if (by?.dryRun !== true) changes.push(["backfills.change", id, asked, by]);
        return {
          settings: changeSettings(sampleBackfill.settings, settingChangesSchema.parse(settings)),
          added: add === undefined ? 0 : 12,
          dropped: drop === undefined ? 0 : 7,
          ...(by?.dryRun === true ? { sets: changedSets(add, drop) } : {}),
          backfill: sampleBackfill,
        };
      },
      async resume(id, by) {
        changes.push(["backfills.resume", id, by]);
        return sampleBackfill;
      },
      async retry(id, by) {
        changes.push(["backfills.retry", id, by]);
        return { reopened: 5, backfill: sampleBackfill };
      },
      previewRetry: async () => ({
        ...{ toRetry: 5, failed: 3, skipped: 2, canceled: 0, dropped: 0 },
        sets: [setWithHole],
      }),
      listFailures: async () => sampleFailures,
      async delete(id, by) {
        changes.push(["backfills.delete", id, by]);
      },
      async prune(options = {}) {
        if (options.dryRun !== true) changes.push(["backfills.prune", options]);
        return samplePruned;
      },
      listPrunes: async () => [samplePrune],
      listEvents: async () => ({ items: [sampleEvent] }),
      ...overrides.backfills,
    },
    deliveries: {
      list: async () => [sampleDelivery],
      async redeliver(which, by) {
        if (by?.dryRun !== true) changes.push(["deliveries.redeliver", which, by]);
        return [sampleDelivery];
      },
      ...overrides.deliveries,
    },
    assets: {
      findGaps: async () => sampleGaps,
      list: async () => [sampleAsset],
      get: async () => sampleAsset,
      previewState: async (asset) => ({ ...sampleState, asset, isInProject: true, usedBy: [] }),
      previewRename: async (asset, newName) => ({
        ...{ ...sampleState, asset, newName, isInProject: false, stage: "new" as const },
        usedBy: [],
      }),
      async rename(asset, newName, by) {
        changes.push(["assets.rename", asset, newName, by]);
        return sampleState;
      },
      previewKept: async (asset) => ({ asset, ...sampleKept, usedBy: [] }),
      async keep(asset, by) {
        changes.push(["assets.keep", asset, by]);
        return sampleKept;
      },
      async reset(asset, by) {
        changes.push(["assets.reset", asset, by]);
        return sampleState;
      },
      async remove(asset, by) {
        changes.push(["assets.remove", asset, by]);
        return sampleState;
      },
      ...overrides.assets,
    },
    partitions: {
      count: async () => sampleAsset.counts,
      list: async () => ({ items: [samplePartition] }),
      get: async () => samplePartition,
      explain: async () => sampleWhy,
      async mark(asset, change) {
        changes.push(["partitions.mark", asset, change]);
        return sampleChanged;
      },
      async wipe(asset, change) {
        changes.push(["partitions.wipe", asset, change]);
        return sampleChanged;
      },
      listChanges: async () => ({ items: [sampleChange] }),
      ...overrides.partitions,
    },
    dynamic: {
      listDefinitions: async () => [sampleDynamic],
      list: async () => ({ items: [sampleDynamicKey] }),
      async add(name, keys, options) {
        if (options?.dryRun !== true) changes.push(["dynamic.add", name, [...keys], options]);
        return { ...sampleDynamicChange, name };
      },
      async remove(name, keys, options) {
        if (options?.dryRun !== true) changes.push(["dynamic.remove", name, [...keys], options]);
        return { ...sampleDynamicChange, name };
      },
      listChanges: async () => ({ items: [sampleDynamicEvent] }),
      ...overrides.dynamic,
    },
    pools: {
      list: async () => [samplePool],
      ...overrides.pools,
    },
    workers: {
      list: async () => [sampleWorker],
      get: async () => sampleWorker,
      ...overrides.workers,
    },
    planners: {
      list: async () => [samplePlanner],
      ...overrides.planners,
    },
    close: async () => {},
  };
  return {
    changes,
    connect: async () => client,
    async runDoctor(...args) {
      const [, options] = args;
      if (options?.fix === true) changes.push(["runDoctor", options]);
      if (runDoctor !== undefined) return runDoctor(...args);
      return { ...sampleReport, fix: options?.fix === true, findings: [] };
    },
    startPlanner: async () => ({ id: "planner-1", close: async () => {} }),
    startWorker: async () => ({ id: "worker-1", close: async () => {} }),
    definitions: () => import("@infill/core"),
  };
}
