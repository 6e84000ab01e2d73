import { InfillError } from "@infill/partitions";
import type { Redis } from "ioredis";

/** Redis may evict keys when memory runs out, so state could disappear unnoticed. */
export class RedisEvictsError extends InfillError {
  readonly code = "INFILL_REDIS_EVICTS";
  readonly policy: string;

  constructor(policy: string) {
    super(
      `Redis may evict keys of partition state (maxmemory-policy ${policy}). Set maxmemory-policy to ` +
        "noeviction, as in `redis-cli config set maxmemory-policy noeviction`.",
    );
    this.policy = policy;
  }
}

/** The Redis version is too old for the scripts. */
export class RedisVersionError extends InfillError {
  readonly code = "INFILL_REDIS_VERSION";

  constructor(version: string) {
    super(`Redis ${version} is too old: expected 6.2 or newer (or Valkey).`);
  }
}

/** What Redis' settings promise for the state. */
export interface RedisHealth {
  readonly version: string;
  readonly appendOnly: boolean;
  /** One sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Checks that a server is fit to hold state.
 *
 * @throws RedisEvictsError, RedisVersionError
 */
export async function checkRedis(redis: Redis): Promise<RedisHealth> {
  const info = parseInfo(await redis.info());
  const version = info.get("redis_version") ?? "unknown";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < 6 || (major === 6 && minor < 2)) throw new RedisVersionError(version);
  const policy = info.get("maxmemory_policy") ?? "noeviction";
  if (policy !== "noeviction") throw new RedisEvictsError(policy);
  const appendOnly = info.get("aof_enabled") === "1";
  const snapshots = appendOnly ? "" : await savePoints(redis);
  return { version, appendOnly, warnings: persistenceWarnings(appendOnly, snapshots) };
}

/** @param snapshots the rules; undefined if the server does not permit reading them */
function persistenceWarnings(appendOnly: boolean, snapshots: string | undefined): string[] {
  if (appendOnly) return [];
  if (snapshots === undefined) {
    return [
      "Redis has no append-only file, and this user may not read whether it saves snapshots (CONFIG GET save). A crash " +
        "loses every settlement since the last snapshot, if there is one. Set appendonly yes.",
    ];
  }
  if (snapshots !== "") {
    return [
      `Redis only saves snapshots (save ${snapshots}). A crash loses every settlement since the last snapshot. Set appendonly yes.`,
    ];
  }
  return [
    "Redis saves nothing to disk. A restart loses every backfill and the state of all partitions. Set appendonly yes.",
  ];
}

/** The server's snapshot rules; undefined if it does not permit reading them. */
async function savePoints(redis: Redis): Promise<string | undefined> {
  try {
    const answer: unknown = await redis.call("CONFIG", "GET", "save");
    return Array.isArray(answer) && typeof answer[1] === "string" ? answer[1] : "";
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ReplyError") throw error;
    return undefined;
  }
}

function parseInfo(text: string): Map<string, string> {
  const lines = text.split("\r\n").filter((line) => line.includes(":"));
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
  );
}
