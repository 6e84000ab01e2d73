import { changeSettings, project, settingChangesSchema } from "@infill/core";
import type { InfillClient } from "@infill/planner";
import type { Services } from "../services.ts";
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

const sampleKept = { materialized: 22, failed: 1, dropped: 3, isUnderWay: false };
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

/** A client that answers with the samples, so that a test sees what the command makes of an answer. */
export function testServices(overrides: Partial<InfillClient> = {}): TestServices {
  const changes: [string, ...unknown[]][] = [];
  const client: InfillClient = {
    project: project({ assets: [] }),
    redis: { version: "7.2.0", appendOnly: true, warnings: [] },
    previewBackfill: async () => samplePreview,
    async createBackfill(request) {
      changes.push(["createBackfill", request]);
      return { id: sampleId, preview: samplePreview };
    },
    listBackfills: async () => ({ items: [sampleBackfill], nextCursor: "c1" }),
    resolveBackfillId: async (text) => (text === "latest" ? sampleId : text),
    getBackfill: async () => sampleBackfill,
    async *watchBackfill() {
      yield sampleBackfill;
      yield {
        ...sampleBackfill,
        status: "succeeded" as const,
        finishedAt: "2024-06-01T12:00:00.000Z",
      };
    },
    async cancelBackfill(id, by) {
      changes.push(["cancelBackfill", id, by]);
      return { ...sampleBackfill, status: "canceling" };
    },
    async pauseBackfill(id, options) {
      changes.push(["pauseBackfill", id, options]);
      return { ...sampleBackfill, status: "paused" };
    },
    async changeBackfill(id, asked, by) {
      const { add, drop, ...settings } = asked;
      if (by?.dryRun !== true) changes.push(["changeBackfill", id, asked, by]);
      return {
        settings: changeSettings(sampleBackfill.settings, settingChangesSchema.parse(settings)),
        added: add === undefined ? 0 : 12,
        dropped: drop === undefined ? 0 : 7,
        ...(by?.dryRun === true ? { sets: changedSets(add, drop) } : {}),
        backfill: sampleBackfill,
      };
    },
    async resumeBackfill(id, by) {
      changes.push(["resumeBackfill", id, by]);
      return sampleBackfill;
    },
    async retryBackfill(id, by) {
      changes.push(["retryBackfill", id, by]);
      return { reopened: 5, backfill: sampleBackfill };
    },
    previewRetry: async () => ({
      ...{ toRetry: 5, failed: 3, skipped: 2, canceled: 0, dropped: 0 },
      sets: [setWithHole],
    }),
    listFailures: async () => sampleFailures,
    async deleteBackfill(id, by) {
      changes.push(["deleteBackfill", id, by]);
    },
    async pruneBackfills(options = {}) {
      if (options.dryRun !== true) changes.push(["pruneBackfills", options]);
      return samplePruned;
    },
    listPrunes: async () => [samplePrune],
    listBackfillEvents: async () => ({ items: [sampleEvent] }),
    findGaps: async () => sampleGaps,
    listDeliveries: async () => [sampleDelivery],
    async redeliver(which, by) {
      if (by?.dryRun !== true) changes.push(["redeliver", which, by]);
      return [sampleDelivery];
    },
    listAssets: async () => [sampleAsset],
    getAsset: async () => sampleAsset,
    countPartitions: async () => sampleAsset.counts,
    listPartitions: async () => ({ items: [samplePartition] }),
    getPartition: async () => samplePartition,
    explainPartition: async () => sampleWhy,
    async markPartitions(asset, change) {
      changes.push(["markPartitions", asset, change]);
      return sampleChanged;
    },
    previewAssetState: async (asset) => ({ ...sampleState, asset, isInProject: true, usedBy: [] }),
    previewRename: async (asset, newName) => ({
      ...{ ...sampleState, asset, newName, isInProject: false, stage: "new" as const },
      usedBy: [],
    }),
    async renameAsset(asset, newName, by) {
      changes.push(["renameAsset", asset, newName, by]);
      return sampleState;
    },
    previewKeptState: async (asset) => ({ asset, ...sampleKept, usedBy: [] }),
    async keepAssetState(asset, by) {
      changes.push(["keepAssetState", asset, by]);
      return sampleKept;
    },
    async resetAsset(asset, by) {
      changes.push(["resetAsset", asset, by]);
      return sampleState;
    },
    async removeAsset(asset, by) {
      changes.push(["removeAsset", asset, by]);
      return sampleState;
    },
    async wipePartitions(asset, change) {
      changes.push(["wipePartitions", asset, change]);
      return sampleChanged;
    },
    listPartitionChanges: async () => ({ items: [sampleChange] }),
    listDynamicDefinitions: async () => [sampleDynamic],
    listDynamicPartitions: async () => ({ items: [sampleDynamicKey] }),
    async addDynamicPartitions(name, keys, options) {
      if (options?.dryRun !== true)
        changes.push(["addDynamicPartitions", name, [...keys], options]);
      return { ...sampleDynamicChange, name };
    },
    async removeDynamicPartitions(name, keys, options) {
      if (options?.dryRun !== true)
        changes.push(["removeDynamicPartitions", name, [...keys], options]);
      return { ...sampleDynamicChange, name };
    },
    listDynamicChanges: async () => ({ items: [sampleDynamicEvent] }),
    listPools: async () => [samplePool],
    listWorkers: async () => [sampleWorker],
    getWorker: async () => sampleWorker,
    listPlanners: async () => [samplePlanner],
    async doctor(options) {
      if (options?.fix === true) changes.push(["doctor", options]);
      return { ...sampleReport, fix: options?.fix === true, findings: [] };
    },
    close: async () => {},
    ...overrides,
  };
  return {
    changes,
    connect: async () => client,
    startPlanner: async () => ({ id: "planner-1", close: async () => {} }),
    startWorker: async () => ({ id: "worker-1", close: async () => {} }),
    definitions: () => import("@infill/core"),
  };
}
