import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BackfillDetail, connect, type InfillClient } from "@infill/client";
import { type NodeProcess, spawnNode } from "@infill/test-support";
import { type EngineSettings, type Execution, engineProject } from "./processes/engineProject.ts";

/** Processes and a client of the engine project, under a namespace of its own. */
export interface Engine {
  readonly client: InfillClient;
  readonly settings: EngineSettings;
  start(role: "planner" | "worker", env?: Readonly<Record<string, string>>): Promise<NodeProcess>;
  /** What the functions wrote so far. */
  executions(): Execution[];
  /** Waits for the end of a backfill. */
  ended(id: string): Promise<BackfillDetail>;
  close(): Promise<void>;
}

const script = new URL("../dist/e2e/processes/engineProcess.js", import.meta.url).pathname;
let nextEngine = 1;

export async function startEngine(
  redisUrl: string,
  settings: Partial<EngineSettings> & { readonly namespace: string },
): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), "infill-engine-"));
  const resolved: EngineSettings = {
    durationMs: 0,
    executionLog: join(folder, "executions.jsonl"),
    ...settings,
    namespace: `${settings.namespace}-${nextEngine++}`,
  };
  const client = await connect(engineProject(resolved), { redisUrl });
  const children: NodeProcess[] = [];
  return {
    client,
    settings: resolved,
    async start(role, env = {}) {
      const child = spawnNode(script, [], {
        env: { ENGINE: JSON.stringify(resolved), ENGINE_ROLE: role, REDIS_URL: redisUrl, ...env },
      });
      children.push(child);
      await child.waitForLine("ready");
      return child;
    },
    executions() {
      try {
        const lines = readFileSync(resolved.executionLog, "utf8").trim().split("\n");
        // Written by the engine project.
        return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Execution);
      } catch {
        return [];
      }
    },
    async ended(id) {
      let last: BackfillDetail | undefined;
      for await (const detail of client.backfills.watch(id)) last = detail;
      if (last === undefined) throw new Error("a watched backfill showed nothing");
      return last;
    },
    async close() {
      await Promise.all(children.map((child) => child.stop()));
      await client.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
