const folder = "packages/state/src/doctor/mending";
const ledger = [`${folder}/mendLedger.redis.test.ts`];
const chunk = [`${folder}/mendChunk.redis.test.ts`];
const claims = [`${folder}/mendClaims.redis.test.ts`];
const records = [`${folder}/mendRecords.redis.test.ts`];
const permits = [`${folder}/mendPermits.redis.test.ts`];
const backfill = [`${folder}/mendBackfill.redis.test.ts`];
const lua = "packages/state/lua";

/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: `${lua}/remove_ledger.lua`,
    tests: ledger,
    isQuick: true,
    faults: [
      {
        find: `if changing then return redis.error_reply("CHANGING " .. changing) end\n`,
        replace: ``,
      },
      { find: `> 0 then return { "running" } end`, replace: `> 1 then return { "running" } end` },
      { find: `> 0 then return { "running" } end`, replace: `~= 0 then return { "running" } end` },
      { find: `"in_progress") or 0) or 0)`, replace: `"in_progress") or 0))` },
      { find: `redis.call("HDEL", ledger, "sealed")\n`, replace: `` },
      { find: `for index = 2, #KEYS do`, replace: `for index = 3, #KEYS do` },
      { find: `for index = 2, #KEYS do`, replace: `for index = 2, #KEYS - 1 do` },
    ],
  },
  {
    file: `${lua}/mend_ledger.lua`,
    tests: ledger,
    isQuick: true,
    faults: [
      { find: `  row = row + 1\n`, replace: `` },
      { find: `if count == "" then return { "more" } end\n`, replace: `` },
      {
        find: `if not known or not string.match(known, "^%d+$") then`,
        replace: `if not known then`,
      },
      {
        find: `if not known or not string.match(known, "^%d+$") then`,
        replace: `if number ~= "" or not known then`,
      },
      {
        find: `number ~= "" and number or next_ledger_number(meta, numbers)`,
        replace: `next_ledger_number(meta, numbers)`,
      },
      { find: `  redis.call("HSET", ledger, "number", known)\n`, replace: `` },
      {
        find: `redis.call("HSETNX", numbers, known, backfill)`,
        replace: `redis.call("HSET", numbers, known, backfill)`,
      },
      { find: `redis.call("HSETNX", numbers, known, backfill)\n`, replace: `` },
      { find: `"backfills") or 0) or 0) then`, replace: `"backfills") or 0)) then` },
      { find: `if tonumber(known) > (`, replace: `if tonumber(known) < (` },
      {
        find: `redis.call("HSETNX", ledger, "control", control)`,
        replace: `redis.call("HSET", ledger, "control", control)`,
      },
      {
        find: `redis.call("HSETNX", ledger, "overlap", overlap)`,
        replace: `redis.call("HSET", ledger, "overlap", overlap)`,
      },
      { find: `redis.call("HSET", ledger, "selected", count)\n`, replace: `` },
      {
        find: `redis.call("HSETNX", ledger, field, 0)`,
        replace: `redis.call("HSET", ledger, field, 0)`,
      },
    ],
  },
  {
    file: `${lua}/mend_counters.lua`,
    tests: ledger,
    isQuick: true,
    faults: [
      { find: `if redis.call("EXISTS", ledger) == 1 then`, replace: `if true then` },
      {
        find: `(redis.call("HGET", ledger, field) or "") == was`,
        replace: `redis.call("HGET", ledger, field) == was`,
      },
      { find: `if (redis.call("HGET", ledger, field) or "") == was then`, replace: `if true then` },
      { find: `      redis.call("HSET", ledger, field, right)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/mend_chunk.lua`,
    tests: chunk,
    isQuick: true,
    faults: [
      {
        find: `if redis.call("HEXISTS", ledger, "sealed") == 1 then return { "sealed" } end\n`,
        replace: ``,
      },
      {
        find: `redis.call("BITCOUNT", settled) - f - s - c`,
        replace: `redis.call("BITCOUNT", settled) - f - s`,
      },
      {
        find: `ipairs({ queued, settled, failed, skipped, canceled })`,
        replace: `ipairs({ settled, failed, skipped, canceled })`,
      },
      {
        find: `ipairs({ queued, settled, failed, skipped, canceled })`,
        replace: `ipairs({ queued, failed, skipped, canceled })`,
      },
      {
        find: `ipairs({ queued, settled, failed, skipped, canceled })`,
        replace: `ipairs({ queued, settled, failed, skipped })`,
      },
      { find: `take_out(skipped)\n`, replace: `` },
      { find: `redis.call("BITOP", "OR", taken, failed, skipped)\n`, replace: `` },
      { find: `take_out(canceled)\n`, replace: `` },
      { find: `redis.call("BITOP", "OR", settled, settled, taken)\n`, replace: `` },
      {
        find: `redis.call("BITOP", "OR", taken, failed, skipped, canceled)\n`,
        replace: `redis.call("BITOP", "OR", taken, failed, skipped)\n`,
      },
      { find: `take_out(queued)\n`, replace: `` },
      { find: `changed = changed + redis.call("BITCOUNT", settled) - were_settled\n`, replace: `` },
      { find: `keep(dropped)\n`, replace: `` },
      {
        find: `if redis.call("BITCOUNT", dropped) == 0 then redis.call("DEL", dropped) end\n`,
        replace: ``,
      },
      { find: `redis.call("DEL", scratch, taken)\n`, replace: `redis.call("DEL", scratch)\n` },
      { find: `count - before[name]) end`, replace: `before[name] - count) end` },
    ],
  },
  {
    file: `${lua}/mend_claims.lua`,
    tests: claims,
    isQuick: true,
    faults: [
      { find: `if entry and (not state or`, replace: `if entry and (false or` },
      { find: ` or redis.call("EXISTS", ledger) == 0) then`, replace: `) then` },
      { find: `state, changed = nil, true`, replace: `changed = true` },
      { find: `and not redis.call("ZSCORE", sessions, session) then`, replace: `and false then` },
      { find: `    state, changed = "L", true\n`, replace: `    changed = true\n` },
      {
        find: `redis.call("SETBIT", plane, offset, 1) == 0`,
        replace: `redis.call("GETBIT", plane, offset) == 0`,
      },
      { find: `redis.call("HEXISTS", ledger, "sealed") == 0 and `, replace: `` },
      { find: `redis.call("GETBIT", ledger .. ":settled" .. place, offset) == 0`, replace: `true` },
      { find: `      add_to(ledger, "queued", 1)\n`, replace: `` },
      { find: `    redis.call("SETBIT", plane, offset, 0)\n`, replace: `` },
      { find: `  tell_settlements(meta, settlements, table.concat(event))\n`, replace: `` },
      { find: `if #event > 0 then`, replace: `if true then` },
    ],
  },
  {
    file: `${lua}/includes/tally.lua`,
    tests: claims,
    isQuick: true,
    faults: [{ find: `tonumber(deaths or text) or 0`, replace: `tonumber(deaths or text)` }],
  },
  {
    file: `${lua}/mend_waiters.lua`,
    tests: claims,
    isQuick: true,
    faults: [
      { find: `string.match(name, "^!?(.*)$")`, replace: `name` },
      { find: `if redis.call("EXISTS", ledger) == 1\n        and (`, replace: `if (` },
      { find: `(has_claim or redis.call`, replace: `(redis.call` },
      {
        find: `(has_claim or redis.call("GETBIT", queued, ordinal - chunk * 32768) == 1)`,
        replace: `has_claim`,
      },
      { find: `":queued:" .. lane .. ":" .. chunk`, replace: `":queued:" .. lane .. ":0"` },
      { find: `        redis.call("HDEL", waiters, field)\n`, replace: `` },
      { find: `        redis.call("HSET", waiters, field, text)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/mend_records.lua`,
    tests: records,
    isQuick: true,
    faults: [
      { find: `if not bytes then return { "mended", 0 } end\n`, replace: `` },
      { find: `#bytes <= 128 * 19 and 128 * 19 or 256 * 19`, replace: `128 * 19` },
      { find: `#bytes <= 128 * 19 and 128 * 19 or 256 * 19`, replace: `256 * 19` },
      {
        find: `redis.call("SETRANGE", records, whole - 1, "\\0")`,
        replace: `redis.call("SETRANGE", records, whole, "\\0")`,
      },
      { find: `  redis.call("SET", records, bytes)\n`, replace: `` },
      {
        find: `redis.call("HEXISTS", ledger, "sealed") == 0 and { ledger, id }`,
        replace: `{ ledger, id }`,
      },
      { find: `ledger and redis.call("EXISTS", ledger) == 1\n      and`, replace: `ledger and` },
      {
        find: `if string.sub(bytes, at + 1, at + 6) ~= "\\0\\0\\0\\0\\0\\0" then`,
        replace: `if true then`,
      },
      {
        find: `if string.byte(bytes, at + 16) >= 128 then`,
        replace: `if string.byte(bytes, at + 16) > 129 then`,
      },
      {
        find: `changed = redis.call("SETBIT", failed, bit, 1) == 0`,
        replace: `changed = redis.call("GETBIT", failed, bit) == 0`,
      },
      { find: `        redis.call("SETBIT", failed, bit, 0)\n`, replace: `` },
      {
        find: `local high, middle, low = string.byte(bytes, at + 11, at + 13)`,
        replace: `local high, middle, low = string.byte(bytes, at + 12, at + 14)`,
      },
      {
        find: `string.sub(entry, 1, 2) == "R " and string.match(entry, "(%S+)$") == id`,
        replace: `string.sub(entry, 1, 2) == "R "`,
      },
      {
        find: `string.sub(entry, 1, 2) == "R " and string.match(entry, "(%S+)$") == id`,
        replace: `string.match(entry, "(%S+)$") == id`,
      },
      { find: `if not is_running and redis.call`, replace: `if redis.call` },
      { find: `          add_to(ledger, "succeeded", 1)\n`, replace: `` },
      { find: `            add_to(ledger, "queued", -1)\n`, replace: `` },
      {
        find: `            redis.call("SETBIT", ledger .. ":queued" .. place, bit, 0)\n`,
        replace: ``,
      },
      { find: `string.format("%d", first + index)`, replace: `string.format("%d", index)` },
    ],
  },
  {
    file: `${lua}/mend_permits.lua`,
    tests: permits,
    isQuick: true,
    faults: [
      { find: `(is_member or how == "give")`, replace: `is_member` },
      { find: `(is_member or how == "give")`, replace: `how == "give"` },
      { find: `(is_member or how == "give")`, replace: `true` },
      { find: `    if not known[name] then\n`, replace: `    if true then\n` },
      {
        find: `if redis.call("SADD", root .. ":scope:" .. name, holder) == 1 then changed = true end`,
        replace: ``,
      },
      {
        find: `redis.call("ZREM", holders, holder) + redis.call("HDEL", held, holder) > 0`,
        replace: `redis.call("HDEL", held, holder) > 0`,
      },
      {
        find: `redis.call("ZREM", holders, holder) + redis.call("HDEL", held, holder) > 0`,
        replace: `redis.call("ZREM", holders, holder) > 0`,
      },
      { find: `      redis.call("HSET", held, holder, whole)\n`, replace: `` },
      { find: `    redis.call("ZADD", holders, now, holder)\n`, replace: `` },
      { find: `if changed then mended = mended + 1 end`, replace: `mended = mended + 1` },
      { find: `at = at + 3 + count`, replace: `at = #ARGV + 1` },
    ],
  },
  {
    file: `${lua}/mend_line.lua`,
    tests: permits,
    isQuick: true,
    faults: [
      {
        find: `if redis.call("HGET", line, ARGV[at]) == ARGV[at + 1] then`,
        replace: `if true then`,
      },
      { find: `for at = 1, #ARGV, 2 do`, replace: `for at = 3, #ARGV, 2 do` },
    ],
  },
  {
    file: `${lua}/mend_backfill.lua`,
    tests: backfill,
    isQuick: true,
    faults: [
      { find: `  if redis.call("EXISTS", header) == 0 then\n`, replace: `  if true then\n` },
      {
        find: `redis.call("SREM", active, backfill) + redis.call("ZREM", index, backfill)`,
        replace: `redis.call("SREM", active, backfill)`,
      },
      { find: `for at = 2, #ARGV do`, replace: `for at = 3, #ARGV do` },
      { find: `for at = 2, #ARGV do`, replace: `for at = 2, #ARGV - 1 do` },
      { find: `mended = redis.call("SADD", active, backfill)`, replace: `mended = 0` },
      { find: `"NX", tonumber(created)`, replace: `tonumber(created)` },
      { find: `tonumber(created) or 0`, replace: `created or 0` },
      { find: `redis.call("PTTL", lease) == -1`, replace: `redis.call("PTTL", lease) == -2` },
    ],
  },
  {
    file: `${lua}/mend_job.lua`,
    tests: backfill,
    isQuick: true,
    faults: [
      { find: `for index = 3, 5 do listed`, replace: `for index = 4, 5 do listed` },
      { find: `for index = 3, 5 do listed`, replace: `for index = 3, 4 do listed` },
      { find: `for index = 6, #KEYS do listed`, replace: `for index = 7, #KEYS do listed` },
      { find: `for index = 6, #KEYS do listed`, replace: `for index = 6, #KEYS - 1 do listed` },
      { find: ` or redis.call("EXISTS", lock) == 1`, replace: `` },
      { find: `if exists == listed or`, replace: `if` },
      {
        find: `redis.call("LREM", KEYS[index], 0, id)`,
        replace: `redis.call("LREM", KEYS[index], 1, id)`,
      },
      { find: `for index = 6, #KEYS do removed`, replace: `for index = 6, #KEYS - 1 do removed` },
    ],
  },
  {
    file: `${lua}/mend_dynamic_keys.lua`,
    tests: backfill,
    isQuick: true,
    faults: [
      { find: `if newest ~= revision then return { "changed" } end\n`, replace: `` },
      { find: `first + (index - 5) / 2`, replace: `(index - 5) / 2` },
      { find: `    redis.call("LSET", names, ordinal, key)\n`, replace: `` },
      { find: `if ordinal < length then`, replace: `if ordinal <= length then` },
      { find: `  redis.call("HSET", ordinals, key, ordinal)\n`, replace: `` },
      {
        find: `redis.call("SETBIT", present, ordinal, ARGV[index + 1])`,
        replace: `redis.call("SETBIT", present, ordinal, 1)`,
      },
      { find: `if entry ~= "" and runs ~= "" then`, replace: `if entry ~= "" then` },
      { find: `if entry ~= "" and runs ~= "" then`, replace: `if runs ~= "" then` },
    ],
  },
];
