const src = "packages/state/src";
const open = [`${src}/ledger/openLedger.redis.test.ts`];
const control = [`${src}/backfills/setLedgerControl.redis.test.ts`];
const assets = [`${src}/assets/registerAsset.redis.test.ts`];
const projects = [`${src}/processes/projectRegistry.redis.test.ts`];
const workers = [`${src}/processes/workerRegistry.redis.test.ts`];
const lua = "packages/state/lua";

/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: `${lua}/open_ledger.lua`,
    tests: open,
    isQuick: true,
    faults: [
      {
        find: `if redis.call("HGET", meta, "epoch") ~= epoch then return { "unregistered" } end\n`,
        replace: ``,
      },
      { find: `if redis.call("EXISTS", ledger) == 1 then`, replace: `if false then` },
      { find: `  redis.call("UNLINK", staged)\n`, replace: `` },
      { find: `for index = 6, #ARGV do`, replace: `for index = 7, #ARGV do` },
      { find: `  row = row + 1\n`, replace: `` },
      { find: `  redis.call("PEXPIRE", staged, 3600000)\n`, replace: `` },
      {
        find: `redis.call("PEXPIRE", staged, 3600000)`,
        replace: `redis.call("PEXPIRE", staged, 60000)`,
      },
      { find: `  redis.call("PERSIST", staged)\n`, replace: `` },
      { find: `if redis.call("EXISTS", staged) == 1 then`, replace: `if true then` },
      { find: `  redis.call("RENAME", staged, selected)\n`, replace: `` },
      { find: `redis.call("HSET", numbers, number, backfill)\n`, replace: `` },
      { find: `"overlap", overlap`, replace: `"overlap", "share"` },
      { find: `"selected", count,`, replace: `"selected", 0,` },
    ],
  },
  {
    file: `${lua}/includes/ledger_number.lua`,
    tests: open,
    isQuick: true,
    faults: [
      { find: `redis.pcall`, replace: `redis.call` },
      {
        find: ` and redis.call("HEXISTS", numbers, string.format("%d", number)) == 0`,
        replace: ``,
      },
      {
        find: `if string.match(given, "^%d+$") then`,
        replace: `if tonumber(given) then`,
      },
      { find: `math.max(highest, tonumber(given))`, replace: `tonumber(given)` },
      {
        find: `  redis.call("HSET", meta, "backfills", string.format("%d", highest + 1))\n`,
        replace: ``,
      },
      { find: `return highest + 1`, replace: `return highest` },
    ],
  },
  {
    file: `${lua}/cap_ledger.lua`,
    tests: control,
    isQuick: true,
    faults: [
      { find: `if redis.call("EXISTS", ledger) == 0 then return { "unknown" } end\n`, replace: `` },
      { find: `  redis.call("HSET", ledger, "capped", "1")\n`, replace: `` },
      { find: `redis.call("HDEL", ledger, "capped")\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/register_asset.lua`,
    tests: assets,
    isQuick: true,
    faults: [
      { find: `if operation then return { "busy", operation } end\n`, replace: `` },
      { find: `if known and known ~= fingerprint then`, replace: `if known and false then` },
      { find: `redis.call("HGET", meta, "backfills") or "0"`, replace: `"0"` },
      {
        find: `local is_unused = ledgers == "0" and newest == ""`,
        replace: `local is_unused = ledgers == "0"`,
      },
      {
        find: `local is_unused = ledgers == "0" and newest == ""`,
        replace: `local is_unused = newest == ""`,
      },
      { find: `if not is_unused and seen ~= use then`, replace: `if not is_unused then` },
      {
        find: `if not is_unused and seen ~= use then`,
        replace: `if not is_unused and seen == "" then`,
      },
      { find: `if not is_unused and seen ~= use then`, replace: `if seen ~= use then` },
      { find: `(redis.call("HGET", meta, "epoch") or "") .. " "`, replace: `"" .. " "` },
      {
        find: `"-", "COUNT", 1)`,
        replace: `"-")`,
        survives: "the newest change is the first either way; the bound only saves time",
      },
      { find: `  known = false\n`, replace: `` },
      {
        find: `"fingerprint", fingerprint, "epoch", epoch)`,
        replace: `"fingerprint", fingerprint)`,
      },
      { find: `    redis.call("HDEL", meta, "tile")\n`, replace: `` },
      { find: `    redis.call("HSET", meta, "tile", layout)\n`, replace: `` },
      {
        find: `if recorded and (#recorded > 9 or not string.match(recorded, "^%d+$")) then`,
        replace: `if recorded and not tonumber(recorded) then`,
      },
      {
        find: `    number = tonumber(recorded)\n`,
        replace: `    number = redis.call("HLEN", versions)\n`,
      },
      { find: `redis.call("HLEN", versions) + 1`, replace: `redis.call("HLEN", versions)` },
      { find: `    redis.call("HSET", versions, version, number)\n`, replace: `` },
      { find: `redis.call("HGET", meta, "epoch"), number,`, replace: `epoch, number,` },
    ],
  },
  {
    file: `${lua}/register_keys.lua`,
    tests: assets,
    isQuick: true,
    faults: [
      {
        find: `if changing then return redis.error_reply("CHANGING " .. changing) end\n`,
        replace: ``,
      },
      { find: `#ordinals[index] > 9 or `, replace: `` },
      { find: `#ordinals[index] > 9 or `, replace: `#ordinals[index] > 8 or ` },
      {
        find: `not string.match(ordinals[index], "^%d+$")`,
        replace: `not tonumber(ordinals[index])`,
      },
      { find: `    redis.call("HSET", registry, key, following)\n`, replace: `` },
      { find: `    following = following + 1\n`, replace: `` },
      {
        find: `ordinals[index] = tonumber(ordinals[index])`,
        replace: `ordinals[index] = index - 1`,
      },
    ],
  },
  {
    file: `${lua}/register_project.lua`,
    tests: projects,
    isQuick: true,
    faults: [
      { find: `redis.call("ZADD", index, now_ms(), fingerprint)\n`, replace: `` },
      {
        find: `redis.call("ZADD", index, now_ms(), fingerprint)`,
        replace: `redis.call("ZADD", index, "NX", now_ms(), fingerprint)`,
      },
      { find: `if redis.call("HEXISTS", versions, name) == 0 then`, replace: `if true then` },
      {
        find: `name, next_sequence(versions), asset, version)`,
        replace: `name, next_sequence(versions))`,
      },
      { find: `if role == "run" then`, replace: `if true then` },
      { find: `if role == "run" then`, replace: `if false then` },
      { find: `  redis.call("HSET", manifest, asset, version)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/includes/next_sequence.lua`,
    tests: projects,
    isQuick: true,
    faults: [
      { find: `if last and string.match(last, "^%d+$") then`, replace: `if last then` },
      { find: `string.sub(name, 1, 1) ~= "!" and `, replace: `` },
      { find: `string.find(name, " ", 1, true) and `, replace: `` },
      { find: ` and string.match(value, "^%d+$") then`, replace: ` then` },
      { find: `redis.call("HSET", versions, "", string.format("%d", highest + 1))\n`, replace: `` },
      { find: `return highest + 1`, replace: `return highest` },
    ],
  },
  {
    file: `${lua}/prefer_versions.lua`,
    tests: projects,
    isQuick: true,
    faults: [
      { find: `if redis.call("HGET", versions, asset) == newest\n    and`, replace: `if` },
      {
        find: `\n    and redis.call("HEXISTS", versions, "!" .. asset .. " " .. newest) == 1 then`,
        replace: ` then`,
      },
      { find: `next_sequence(versions), asset, version)`, replace: `next_sequence(versions))` },
      { find: `for at = 1, #ARGV, 3 do`, replace: `for at = 4, #ARGV, 3 do` },
    ],
  },
  {
    file: `${lua}/write_worker.lua`,
    tests: workers,
    isQuick: true,
    faults: [
      { find: `"PX", lease + keep)`, replace: `"PX", lease)` },
      {
        find: `redis.call("SET", entry, json, "PX", lease + keep)`,
        replace: `redis.call("SET", entry, json)`,
      },
      {
        find: `redis.call("ZADD", index, now + lease, worker)`,
        replace: `redis.call("ZADD", index, now, worker)`,
      },
      { find: `redis.call("ZREMRANGEBYSCORE", index, "-inf", now - keep)\n`, replace: `` },
      { find: `"-inf", now - keep)`, replace: `"-inf", now)` },
    ],
  },
];
