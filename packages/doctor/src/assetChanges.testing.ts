import { connect, type InfillClient } from "@infill/client";
import type { Project } from "@infill/core";
import { openStateStore, setBackfillStatus, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach } from "vitest";
import { runDoctor } from "./runDoctor.ts";

/**
 * A fixture for tests of a changed asset, with a namespace of its own. It is renewed before each
 * test.
 */
export interface AssetChangeScene {
  readonly namespace: string;
  readonly store: StateStore;
  /** A client that is closed after the test. */
  connect(definition: Project): Promise<InfillClient>;
  /** Cancels a backfill and ends it, as a planner does. */
  endBackfill(client: InfillClient, id: string): Promise<void>;
  /** The doctor's findings, one line each. */
  findings(client: InfillClient): Promise<readonly string[]>;
  /** The keys of an asset in Redis, in any order. */
  keysOf(asset: string): Promise<string[]>;
}

/**
 * Prepares a scene before each test of a file and cleans up after it. Call it once, at the top of
 * the file.
 */
export function assetChangeScene(): AssetChangeScene {
  const url = redisUrlForTests();
  const prefix = testPrefix();
  const open: InfillClient[] = [];
  let namespace = "";
  let nextNamespace = 1;
  let store: StateStore;
  beforeEach(async () => {
    namespace = `${prefix}-${nextNamespace++}`;
    store = await openStateStore(url, namespace, "test");
  });
  afterEach(async () => {
    for (const client of open.splice(0)) await client.close();
    await store.close();
  });
  afterAll(() => cleanPrefix(url, prefix));
  return {
    get namespace() {
      return namespace;
    },
    get store() {
      return store;
    },
    async connect(definition) {
      const client = await connect(definition, { redisUrl: url });
      open.push(client);
      return client;
    },
    async endBackfill(client, id) {
      await client.backfills.cancel(id);
      await setBackfillStatus(store, id, { to: "canceled", from: ["canceling"] });
    },
    async findings(client) {
      const report = await runDoctor(client.connection, { patienceMs: 0 });
      return report.findings.map(({ check, problem }) => `${check}: ${problem}`);
    },
    async keysOf(asset) {
      const keys = await store.redis.keys(`${namespace}:*`);
      return keys.filter((key) => key.includes(`/${asset}}`));
    },
  };
}
