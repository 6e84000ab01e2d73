import { queueLists, queueSets } from "./queueKeys.ts";

/** The key types of Redis; `string` includes bitmaps. */
export type KeyType = "string" | "hash" | "list" | "set" | "zset" | "stream";

const allTypes: readonly KeyType[] = ["string", "hash", "list", "set", "zset", "stream"];

/** The meaning of a key, from its name. */
export interface DocumentedKey {
  readonly kind: string;
  /** The types that it may have. */
  readonly types: readonly KeyType[];
  /** Parts of the name, such as `asset`, `backfill`, `lane`, `chunk`, `page`, `pool`, `job`. */
  readonly parts: Readonly<Record<string, string>>;
}

const asset = String.raw`\{asset/(?<asset>[^}]+)\}`;
const ledger = String.raw`${asset}:ledger:(?<backfill>[^:]+)`;
const place = String.raw`(?<lane>[-\d.]*):(?<chunk>-?\d+)`;
const page = String.raw`(?<lane>[-\d.]*):(?<page>-?\d+)`;
const pool = String.raw`\{pool/(?<pool>[^}]+)\}:(?<queue>[^:]+)`;
const backfills = String.raw`\{backfills\}`;
const dynamic = String.raw`\{dynamic/(?<definition>[^}]+)\}`;

/**
 * Every key that a namespace may hold, without the namespace. `keys.ts` spells the names; add each
 * new one here too, or the doctor reports it as a foreign key.
 */
const table: readonly (readonly [kind: string, types: readonly KeyType[], pattern: string])[] = [
  ["set_aside_backfills", ["hash"], `${backfills}:set_aside`],
  ["set_aside_backfill", allTypes, `${backfills}:set_aside:bf_[^:]+`],
  ["set_aside", allTypes, String.raw`\{[^}]+\}:set_aside:.+`],
  ["next", ["string", "hash"], `${asset}:next:.+`],
  ["meta", ["hash"], `${asset}:meta`],
  ["code_versions", ["hash"], `${asset}:code_versions`],
  ["asset_backfills", ["hash"], `${asset}:backfills`],
  ["registry", ["hash"], `${asset}:registry:.*`],
  ["sessions", ["zset"], `${asset}:sessions`],
  ["claims", ["hash"], `${asset}:claims`],
  ["waiters", ["hash"], `${asset}:waiters`],
  ["audit", ["stream"], `${asset}:audit`],
  ["scratch", ["string"], `${asset}:scratch(:(running|both))?`],
  ["settlements", ["stream"], `${asset}:settlements`],
  [
    "plane",
    ["string"],
    String.raw`${asset}:plane:(?<lane>[-\d.]*):(?<plane>materialized|failed|in_progress):(?<chunk>-?\d+)`,
  ],
  ["records", ["string"], `${asset}:records:${page}`],
  ["errors", ["hash"], `${asset}:errors:${page}`],
  ["metadata", ["hash"], `${asset}:metadata:${page}`],
  ["attempts", ["hash"], `${asset}:attempts:${page}`],
  ["ledger", ["hash"], ledger],
  ["selected", ["hash"], `${ledger}:selected`],
  ["staged", ["hash"], `${ledger}:staged:.+`],
  ["culprits", ["list"], `${ledger}:culprits`],
  ["scratch", ["string"], `${ledger}:scratch(:taken)?`],
  [
    "ledger_plane",
    ["string"],
    `${ledger}:(?<plane>queued|settled|failed|skipped|canceled|dropped):${place}`,
  ],
  ["given_up_assets", ["hash"], `${backfills}:given_up_assets`],
  ["backfill_index", ["zset"], `${backfills}:index`],
  ["deleting_backfills", ["set"], `${backfills}:deleting`],
  ["active_backfills", ["set"], `${backfills}:active`],
  [
    "status_list",
    ["zset"],
    `${backfills}:status:(running|paused|canceling|succeeded|failed|canceled|unknown)`,
  ],
  ["ended_backfills", ["zset"], `${backfills}:ended`],
  ["prunes", ["stream"], `${backfills}:prunes`],
  ["retention_lease", ["string"], `${backfills}:retention:lease`],
  ["backfill_events", ["stream"], `${backfills}:events`],
  ["backfill_log", ["list"], `${backfills}:(?<backfill>bf_[^:]+):log`],
  ["backfill_lease", ["string"], `${backfills}:(?<backfill>bf_[^:]+):lease`],
  ["summary", ["hash"], String.raw`${backfills}:(?<backfill>bf_[^:]+):summary:\d+`],
  ["deliveries", ["zset"], `${backfills}:deliveries`],
  ["parked_deliveries", ["zset"], `${backfills}:parked`],
  ["backfill", ["hash"], `${backfills}:(?<backfill>bf_[^:]+)`],
  ["submission", ["hash"], `${backfills}:submission:.+`],
  ["plan", ["string"], `${backfills}:plan:.+`],
  ["permit_scope", ["set"], String.raw`\{permits\}:scope:(?<scope>.+)`],
  ["permit_line", ["hash"], String.raw`\{permits\}:line:(?<scope>.+)`],
  ["permit_holders", ["zset"], String.raw`\{permits\}:holders`],
  ["permits_held", ["hash"], String.raw`\{permits\}:held`],
  ["overruns", ["hash"], String.raw`\{permits\}:overruns`],
  ["caps", ["hash"], String.raw`\{permits\}:caps`],
  ["dynamic_ordinals", ["hash"], `${dynamic}:ordinals`],
  ["dynamic_names", ["list"], `${dynamic}:names`],
  ["dynamic_present", ["string"], `${dynamic}:present`],
  ["dynamic_changes", ["stream"], `${dynamic}:changes`],
  ["worker_index", ["zset"], String.raw`\{workers\}:index`],
  ["worker", ["string"], String.raw`\{workers\}:(?<worker>[^:]+)`],
  ["planner_index", ["zset"], String.raw`\{planners\}:index`],
  ["planner", ["string"], String.raw`\{planners\}:(?<planner>planner_[^:]+)`],
  ["project_versions", ["hash"], String.raw`\{projects\}:versions`],
  ["project_manifest", ["hash"], String.raw`\{projects\}:manifest:[0-9a-f]+`],
  ["project_index", ["zset"], String.raw`\{projects\}:index`],
  ["queue_list", ["list"], `${pool}:(?<list>${queueLists.join("|")})`],
  ["queue_set", ["zset"], `${pool}:(?<list>${queueSets.join("|")}|marker|repeat)`],
  ["queue_stalled", ["set"], `${pool}:stalled`],
  ["queue_meta", ["hash"], `${pool}:meta`],
  ["queue_events", ["stream"], `${pool}:events`],
  ["queue_count", ["string"], `${pool}:(id|pc|limiter|stalled-check)`],
  ["queue_metrics", ["hash", "list"], `${pool}:metrics:.*`],
  ["job", ["hash"], `${pool}:(?<job>bf_[^:]+)`],
  ["job_lock", ["string"], `${pool}:(?<job>bf_[^:]+):lock`],
  ["job_logs", ["list"], `${pool}:(?<job>bf_[^:]+):logs`],
];

const documented = table.map(
  ([kind, types, pattern]) => [kind, types, new RegExp(`^${pattern}$`, "s")] as const,
);

/**
 * Parses the name of a key.
 *
 * @param rest the key without its namespace and the colon after it
 * @returns undefined for a name that Infill never writes
 */
export function documentedKey(rest: string): DocumentedKey | undefined {
  for (const [kind, types, pattern] of documented) {
    const match = pattern.exec(rest);
    if (match !== null) return { kind, types, parts: { ...match.groups } };
  }
  return undefined;
}
