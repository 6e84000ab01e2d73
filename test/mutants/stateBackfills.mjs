const src = "packages/state/src";
const leases = [`${src}/backfills/leases.redis.test.ts`];
const deletion = [`${src}/backfills/deleteBackfill.redis.test.ts`];
const prune = [`${src}/backfills/pruneBackfill.redis.test.ts`];
const setAside = [`${src}/doctor/setAside.redis.test.ts`];
const lua = "packages/state/lua";

const versions = [`${src}/backfills/backfillVersions.redis.test.ts`];

/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: `${src}/backfills/backfillVersions.ts`,
    tests: versions,
    isQuick: true,
    faults: [
      { find: `.filter(([asset]) => assets.has(asset))`, replace: `` },
      {
        find: `olderAssets(store, standing, wanted)`,
        replace: `olderAssets(store, wanted, standing)`,
      },
      { find: `if (older.size === 0) return undefined;`, replace: `` },
      { find: `.filter(([asset]) => older.has(asset))`, replace: `` },
      { find: `[...versions, ...newer]`, replace: `newer` },
      { find: `, ...by, details`, replace: `, details` },
    ],
  },
  {
    file: `${lua}/lease_backfill.lua`,
    tests: leases,
    isQuick: true,
    faults: [
      {
        find: `if owner == planner then redis.call("DEL", lease) end`,
        replace: `redis.call("DEL", lease)`,
      },
      { find: `if owner == planner then redis.call("DEL", lease) end`, replace: `` },
      { find: `if owner and owner ~= planner then`, replace: `if owner then` },
      { find: `if owner and owner ~= planner then return { "owned", owner } end\n`, replace: `` },
      { find: `"PX", ms)`, replace: `"PX", ms, "NX")` },
      { find: `redis.call("SET", lease, planner, "PX", ms)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/extend_job.lua`,
    tests: leases,
    isQuick: true,
    faults: [
      {
        find: `if redis.call("GET", lock) ~= ARGV[1] then`,
        replace: `if not redis.call("GET", lock) then`,
      },
      { find: `if redis.call("GET", lock) ~= ARGV[1] then return { "lost" } end\n`, replace: `` },
      { find: `redis.call("SET", lock, ARGV[1], "PX", ARGV[2])\n`, replace: `` },
      { find: `redis.call("SREM", stalled, ARGV[3])\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/begin_delete.lua`,
    tests: deletion,
    isQuick: true,
    faults: [
      { find: `for at = 2, #ARGV do`, replace: `for at = 3, #ARGV do` },
      { find: `if not allowed then return { "active", status } end\n`, replace: `` },
      {
        find: `if redis.call("HEXISTS", header, "deleting") == 1 then return { "deleting" } end\n`,
        replace: ``,
      },
      { find: `redis.call("HSET", header, "deleting", 1)\n`, replace: `` },
      { find: `redis.call("ZREM", index, backfill)\n`, replace: `` },
      { find: `redis.call("SADD", deleting, backfill)\n`, replace: `` },
      { find: `list_status(string.sub(header, 1, -#backfill - 2), backfill)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/begin_prune.lua`,
    tests: prune,
    isQuick: true,
    faults: [
      { find: `if is_deleting then return { "deleting" } end\n`, replace: `` },
      { find: `if not status then return { "unknown" } end\n`, replace: `` },
      {
        find: `succeeded = true, failed = true`,
        replace: `succeeded = true, running = true, failed = true`,
      },
      { find: `(ended or created) ~= finished`, replace: `ended ~= finished` },
      { find: `(ended or created) ~= finished`, replace: `not finished` },
      { find: `if redis.call("ZSCORE", deliveries, delivery) then return true end\n`, replace: `` },
      { find: `tonumber(since) > given_up`, replace: `tonumber(since) >= given_up` },
      { find: `tonumber(since) > given_up`, replace: `tonumber(since) < given_up` },
      { find: `for sequence = 1, count do`, replace: `for sequence = 1, count - 1 do` },
      { find: `if redis.call("EXISTS", summary) == 1 then`, replace: `if true then` },
      {
        find: `if is_awaited(backfill .. "-" .. sequence) then return { "undelivered" } end\n`,
        replace: ``,
      },
      {
        find: `if delivery and is_awaited(delivery) then return { "undelivered" } end\n`,
        replace: ``,
      },
      { find: `if ARGV[4] == "look" then return { "prunable" } end\n`, replace: `` },
      { find: `redis.call("HSET", header, "deleting", "pruned")\n`, replace: `` },
      { find: `redis.call("ZREM", index, backfill)\n`, replace: `` },
      { find: `redis.call("SADD", deleting, backfill)\n`, replace: `` },
      { find: ` or count > 10000`, replace: `` },
      { find: `list_status(root, backfill)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/finish_delete.lua`,
    tests: deletion,
    isQuick: true,
    faults: [
      { find: `if redis.call("EXISTS", header) == 0 then return { "deleted" } end\n`, replace: `` },
      {
        find: `if redis.call("HEXISTS", header, "deleting") == 0 then return { "active" } end\n`,
        replace: ``,
      },
      { find: `math.max(0, left - 50)`, replace: `math.max(0, left - 49)` },
      { find: `math.max(0, left - 50)`, replace: `0` },
      { find: `  redis.call("ZREM", deliveries, delivery)\n`, replace: `` },
      { find: `      redis.call("ZREM", deliveries, target)\n`, replace: `` },
      { find: `      redis.call("ZREM", parked, target)\n`, replace: `` },
      { find: `  redis.call("UNLINK", summary)\n`, replace: `` },
      { find: `redis.call("HSET", header, "summaries", left)\n`, replace: `` },
      { find: `if left > 0 then`, replace: `if left > 1 then` },
      {
        find: `redis.call("UNLINK", header, log, lease)`,
        replace: `redis.call("UNLINK", header, log)`,
      },
      {
        find: `redis.call("UNLINK", header, log, lease)`,
        replace: `redis.call("UNLINK", header, lease)`,
      },
      { find: `redis.call("SREM", deleting, backfill)\n`, replace: `` },
      { find: `redis.call("SREM", active, backfill)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/includes/summary_count.lua`,
    tests: deletion,
    isQuick: true,
    faults: [
      { find: `if not text then return 0 end\n`, replace: `` },
      { find: `string.match(text, "^%d+$") and tonumber(text) or most`, replace: `tonumber(text)` },
      {
        find: `string.match(text, "^%d+$") and tonumber(text) or most`,
        replace: `tonumber(text) or most`,
      },
      { find: `most = 10000`, replace: `most = 50` },
      { find: `math.min(count, most)`, replace: `most` },
    ],
  },
  {
    file: `${lua}/delete_ledger.lua`,
    tests: deletion,
    isQuick: true,
    faults: [
      {
        find: `if changing then return redis.error_reply("CHANGING " .. changing) end\n`,
        replace: ``,
      },
      { find: `if running > 0 then return { "running", running } end\n`, replace: `` },
      { find: `if running > 0 then`, replace: `if running > 2 then` },
      { find: `redis.call("HDEL", ledger, "sealed")\n`, replace: `` },
      { find: `for at = 4, #KEYS do`, replace: `for at = 5, #KEYS do` },
      { find: `if last == "1" then`, replace: `if last ~= "1" then` },
      { find: `redis.call("UNLINK", ledger, selected)`, replace: `redis.call("UNLINK", ledger)` },
      { find: `if gone > 0 then append_audit`, replace: `if gone > 2 then append_audit` },
    ],
  },
  {
    file: `${lua}/includes/list_status.lua`,
    tests: setAside,
    isQuick: true,
    faults: [
      {
        find: `    if other ~= status then redis.call("ZREM", root .. ":status:" .. other, backfill) end\n`,
        replace: ``,
      },
      { find: `    redis.call("ZREM", root .. ":ended", backfill)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/set_aside_backfill.lua`,
    tests: setAside,
    isQuick: true,
    faults: [
      { find: `if kind == "none" then return { "unknown" } end\n`, replace: `` },
      {
        find: `  if redis.call("HEXISTS", header, "deleting") == 1 then return { "changed" } end\n`,
        replace: ``,
      },
      { find: `or "") ~= known then`, replace: `or known) ~= known then` },
      {
        find: `  if (redis.call("HGET", header, field) or "") ~= known then return { "changed" } end\n`,
        replace: ``,
      },
      { find: `redis.call("RENAME", header, kept)\n`, replace: `` },
      { find: `redis.call("ZREM", index, backfill)\n`, replace: `` },
      { find: `redis.call("SREM", active, backfill)\n`, replace: `` },
      { find: `list_status(string.sub(header, 1, -#backfill - 2), backfill)\n`, replace: `` },
      { find: `redis.call("UNLINK", lease)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/set_aside_key.lua`,
    tests: setAside,
    isQuick: true,
    faults: [
      { find: `if kind == "none" then return { "right" } end\n`, replace: `` },
      { find: `for at = 2, #ARGV do`, replace: `for at = 3, #ARGV do` },
      { find: `if ARGV[at] == kind then`, replace: `if ARGV[at] ~= kind then` },
      { find: `days * 86400000`, replace: `days * 8640000` },
      { find: `redis.call("PEXPIRE", kept, days * 86400000)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/set_aside_entries.lua`,
    tests: setAside,
    isQuick: true,
    faults: [
      { find: `  redis.call("HSET", kept, entry, value)\n`, replace: `` },
      { find: `count = count + 1`, replace: `count = 1` },
      {
        find: `redis.call("HGET", key, entry) == value`,
        replace: `redis.call("HGET", key, entry)`,
      },
      { find: `      redis.call("HDEL", key, entry)\n`, replace: `` },
      {
        find: `if redis.call("SREM", key, entry) == 1 then`,
        replace: `if redis.call("SISMEMBER", key, entry) == 1 then`,
      },
      {
        find: `if redis.call("SREM", key, entry) == 1 then keep(entry, "") end`,
        replace: `redis.call("SREM", key, entry)`,
      },
      { find: `keep(entry, score)`, replace: `keep(entry, "")` },
      { find: `      redis.call("ZREM", key, entry)\n`, replace: `` },
      {
        find: `redis.call("LREM", key, 0, entry) > 0`,
        replace: `redis.call("LREM", key, 1, entry) > 0`,
      },
      {
        find: `redis.call("LREM", key, 0, entry) > 0`,
        replace: `redis.call("LREM", key, 0, entry) > 2`,
      },
      { find: `      redis.call("XDEL", key, entry)\n`, replace: `` },
      { find: `if count > 0 then redis.call("PEXPIRE", kept, days * 86400000) end\n`, replace: `` },
      { find: `for at = 2, #ARGV, 2 do`, replace: `for at = 4, #ARGV, 2 do` },
    ],
  },
];
