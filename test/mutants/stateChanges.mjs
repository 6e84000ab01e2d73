const folder = "packages/state/src/changes";
const dynamic = [`${folder}/changeDynamicKeys.redis.test.ts`];
const cancel = [`${folder}/cancelPartitions.redis.test.ts`];
const byHand = [`${folder}/markAndWipePartitions.redis.test.ts`];
const add = [`${folder}/addPartitions.redis.test.ts`];
const carry = [`${folder}/carryPages.redis.test.ts`];
const assets = [`${folder}/assetChanges.redis.test.ts`];
const lua = "packages/state/lua";

/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: `${lua}/change_dynamic_keys.lua`,
    tests: dynamic,
    isQuick: true,
    faults: [
      { find: `if not ordinal and adds then`, replace: `if not ordinal then` },
      { find: `redis.call("RPUSH", names, key) - 1`, replace: `redis.call("RPUSH", names, key)` },
      { find: `    redis.call("HSET", ordinals, key, ordinal)\n`, replace: "" },
      { find: `(redis.call("GETBIT", present, ordinal) == 1) ~= adds then`, replace: `true then` },
      { find: `    redis.call("SETBIT", present, ordinal, adds and 1 or 0)\n`, replace: "" },
      { find: `changed = changed + 1`, replace: `changed = 1` },
      { find: `ordinal == last + 1 then`, replace: `ordinal == last + 2 then` },
      { find: `ordinal == last + 1 then`, replace: `ordinal > last then` },
      { find: `      end_run()\n      first`, replace: `      first` },
      { find: `end_run()\nif changed`, replace: `if changed` },
      { find: `newest[1] and newest[1][1] or "0-0"`, replace: `"0-0"` },
      { find: `for index = 3, #ARGV do`, replace: `for index = 4, #ARGV do` },
      { find: `#ordinal > 9 or `, replace: `` },
      { find: `not string.match(ordinal, "^%d+$")`, replace: `not tonumber(ordinal)` },
    ],
  },
  {
    file: `${lua}/cancel_partitions.lua`,
    tests: cancel,
    isQuick: true,
    faults: [
      {
        find: `if changing then return redis.error_reply("CHANGING " .. changing) end\n`,
        replace: "",
      },
      {
        find: `if redis.call("HEXISTS", ledger, "sealed") == 1 then return { "canceled", 0, 0 } end\n`,
        replace: "",
      },
      { find: `redis.call("BITOP", "XOR", scratch, scratch, settled)\n`, replace: "" },
      {
        find: `redis.call("BITOP", "AND", taken, scratch, queued)`,
        replace: `redis.call("BITOP", "OR", taken, scratch, queued)`,
      },
      { find: `chunk * 32768 + offset`, replace: `offset` },
      { find: `(at - 1) * 8 + bit`, replace: `at * 8 + bit` },
      { find: `if state == "R" and holder == backfill then`, replace: `if state == "R" then` },
      {
        find: `if state == "R" and holder == backfill then`,
        replace: `if holder == backfill then`,
      },
      { find: `        redis.call("SETBIT", scratch, offset, 0)\n`, replace: "" },
      { find: `running = running + 1`, replace: `running = 1` },
      {
        find: `if holder == backfill then redis.call("HDEL", claims, field) end`,
        replace: `redis.call("HDEL", claims, field)`,
      },
      { find: `if holder == backfill then redis.call("HDEL", claims, field) end`, replace: "" },
      { find: `        redis.call("SETBIT", queued, offset, 0)\n`, replace: "" },
      { find: `dropped = dropped + 1`, replace: `dropped = 1` },
      { find: `  redis.call("BITOP", "OR", settled, settled, scratch)\n`, replace: "" },
      { find: `  redis.call("BITOP", "OR", canceled, canceled, scratch)\n`, replace: "" },
      {
        find: `redis.call("BITOP", "OR", KEYS[9], KEYS[9], scratch)`,
        replace: `redis.call("BITOP", "OR", KEYS[9], scratch)`,
      },
      { find: `if ARGV[5] == "1" then`, replace: `if ARGV[5] ~= "1" then` },
      { find: `  add_to(ledger, "canceled", count)\n`, replace: "" },
      { find: `add_to(ledger, "queued", -dropped)`, replace: `add_to(ledger, "queued", -count)` },
      { find: `if count > 0 then`, replace: `if count >= 0 then` },
      { find: `redis.call("DEL", scratch, taken)`, replace: `redis.call("DEL", scratch)` },
      { find: `c " .. chunk .. ";")`, replace: `r " .. chunk .. ";")` },
    ],
  },
  {
    file: `${lua}/extend_ledger.lua`,
    tests: add,
    isQuick: true,
    faults: [
      {
        find: `if changing then return redis.error_reply("CHANGING " .. changing) end\n`,
        replace: ``,
      },
      { find: `if redis.call("EXISTS", ledger) == 0 then return { "unknown" } end\n`, replace: `` },
      {
        find: `if redis.call("HEXISTS", ledger, "sealed") == 1 then return { "sealed" } end\n`,
        replace: ``,
      },
      {
        find: `redis.call("HLEN", selected) ~= known`,
        replace: `redis.call("HLEN", selected) > known`,
      },
      {
        find: `redis.call("HLEN", selected) ~= known`,
        replace: `redis.call("HLEN", selected) < known`,
      },
      { find: `known + index - 4`, replace: `known + index - 3` },
      { find: `add_to(ledger, "selected", added)\n`, replace: `` },
      { find: `tell_settlements(meta, settlements, backfill .. "  c 0;")\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/restore_partitions.lua`,
    tests: add,
    isQuick: true,
    faults: [
      {
        find: `if changing then return redis.error_reply("CHANGING " .. changing) end\n`,
        replace: ``,
      },
      {
        find: `if redis.call("HEXISTS", ledger, "sealed") == 1 then return { "sealed" } end\n`,
        replace: ``,
      },
      { find: `redis.call("BITOP", "AND", scratch, scratch, canceled)\n`, replace: `` },
      { find: `  redis.call("BITOP", "XOR", settled, settled, scratch)\n`, replace: `` },
      { find: `  redis.call("BITOP", "XOR", canceled, canceled, scratch)\n`, replace: `` },
      { find: `add_to(ledger, "canceled", -count)`, replace: `add_to(ledger, "canceled", count)` },
      { find: `  forget_dropped(KEYS[7], scratch)\n`, replace: `` },
      { find: `if count > 0 then`, replace: `if count >= 0 then` },
      { find: `redis.call("DEL", scratch)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/includes/forget_dropped.lua`,
    tests: add,
    isQuick: true,
    faults: [
      { find: `  redis.call("BITOP", "OR", dropped, dropped, scratch)\n`, replace: `` },
      { find: `  redis.call("BITOP", "XOR", dropped, dropped, scratch)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/carry_partitions.lua`,
    tests: carry,
    isQuick: true,
    faults: [
      {
        find: `redis.call("HGET", KEYS[1], "operation") ~= ARGV[1]`,
        replace: `not redis.call("HGET", KEYS[1], "operation")`,
      },
      {
        find: `if redis.call("HGET", KEYS[1], "operation") ~= ARGV[1] then return { "outdated" } end\n`,
        replace: ``,
      },
      { find: `string.byte(old, at) or 0`, replace: `0` },
      { find: `redis.call("SETRANGE", plane, first,`, replace: `redis.call("SETRANGE", plane, 0,` },
      { find: `add_bits(KEYS[key + 1], first, ARGV[at + 2])`, replace: `` },
      { find: `tonumber(ARGV[value]) * 19`, replace: `0` },
      {
        find: `if redis.call("STRLEN", name) < page_length then redis.call`,
        replace: `if true then redis.call`,
      },
      { find: `for part = 0, 3 do`, replace: `for part = 0, 2 do` },
    ],
  },
  {
    file: `${lua}/begin_asset_change.lua`,
    tests: assets,
    isQuick: true,
    faults: [
      { find: `if other == operation then return { "stands" } end\n`, replace: `` },
      { find: `if other then return { "busy", other } end\n`, replace: `` },
      {
        find: `if before then redis.call("HSET", meta, "epoch_before", before) end\n`,
        replace: ``,
      },
      {
        find: `redis.call("HSET", meta, "operation", operation, "epoch", epoch)`,
        replace: `redis.call("HSET", meta, "operation", operation)`,
      },
    ],
  },
  {
    file: `${lua}/turn_asset_change.lua`,
    tests: assets,
    isQuick: true,
    faults: [
      { find: `if stands == after then return { "turned" } end\n`, replace: `` },
      { find: `if stands ~= before then return { "other", stands } end\n`, replace: `` },
      { find: `ARGV[3] ~= "1" and`, replace: `ARGV[3] == "1" and` },
      { find: `and redis.call("HEXISTS", meta, "moved") == 1 then`, replace: `then` },
      { find: `redis.call("HSET", meta, "operation", after)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/end_asset_change.lua`,
    tests: assets,
    isQuick: true,
    faults: [
      {
        find: `if redis.call("HGET", meta, "operation") ~= operation then return { "outdated" } end\n`,
        replace: ``,
      },
      { find: `redis.call("DEL", meta, audit)`, replace: `redis.call("DEL", meta)` },
      {
        find: `if before then redis.call("HSET", meta, "epoch", before) else`,
        replace: `if not before then`,
      },
      { find: `else redis.call("HDEL", meta, "epoch") end`, replace: `end` },
      { find: `elseif how == "reset" then`, replace: `else` },
      { find: `"fingerprint", "epoch", "backfills")`, replace: `"fingerprint", "epoch")` },
      { find: `"operation", "epoch_before", "moved")`, replace: `"operation", "epoch_before")` },
      { find: `append_audit(audit, name, entry)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/delete_asset_keys.lua`,
    tests: assets,
    isQuick: true,
    faults: [
      { find: `redis.call("HGET", KEYS[1], "operation") ~= ARGV[1]`, replace: `false` },
      { find: `for at = 2, #KEYS do`, replace: `for at = 3, #KEYS do` },
      { find: `deleted = deleted + redis.call`, replace: `deleted = redis.call` },
    ],
  },
  {
    file: `${lua}/install_asset_keys.lua`,
    tests: assets,
    isQuick: true,
    faults: [
      { find: `redis.call("HGET", KEYS[1], "operation") ~= ARGV[1]`, replace: `false` },
      { find: `if redis.call("EXISTS", KEYS[at]) == 1 then`, replace: `if true then` },
      { find: `for at = 2, #KEYS, 2 do`, replace: `for at = 4, #KEYS, 2 do` },
    ],
  },
  {
    file: `${lua}/copy_asset_fields.lua`,
    tests: assets,
    isQuick: true,
    faults: [
      { find: `redis.call("HGET", KEYS[1], "operation") ~= ARGV[1]`, replace: `false` },
      { find: `unpack(ARGV, 2)`, replace: `unpack(ARGV, 4)` },
    ],
  },
  {
    file: `${lua}/restore_asset_keys.lua`,
    tests: assets,
    isQuick: true,
    faults: [
      { find: `redis.call("HGET", KEYS[1], "operation") ~= ARGV[1]`, replace: `false` },
      { find: `, "REPLACE")`, replace: `)` },
      { find: `ARGV[2 * at - 2]`, replace: `0` },
      { find: `for at = 2, #KEYS do`, replace: `for at = 3, #KEYS do` },
    ],
  },
  {
    file: `${lua}/mark_partitions.lua`,
    tests: byHand,
    faults: [
      { find: `  redis.call("BITOP", "OR", materialized, materialized, scratch)\n`, replace: "" },
      { find: `  take_out(failed, scratch)\n`, replace: "" },
      {
        find: `redis.call("SETRANGE", records, offset * 19, string.rep(record, length))`,
        replace: `redis.call("SETRANGE", records, offset * 19, record)`,
      },
      {
        find: `if redis.call("HGET", meta, "epoch") ~= epoch then return { "unregistered" } end\n`,
        replace: "",
      },
      { find: `append_audit(audit, operation, entry)\n`, replace: "" },
      { find: `struct.pack(">I2", version)`, replace: `struct.pack("<I2", version)` },
      { find: `now % 4294967296`, replace: `0` },
      { find: `string.rep("\\0", 7)`, replace: `string.rep("\\0", 8)` },
      { find: `KEYS[2 * page - 4]`, replace: `KEYS[2 * page - 5]` },
      {
        find: `had_errors = redis.call("EXISTS", records) == 1, redis.call("EXISTS", errors) == 1`,
        replace: `had_errors = redis.call("EXISTS", records) == 1, false`,
      },
      {
        find: `for at = offset, offset + length - 1 do`,
        replace: `for at = offset, offset + length do`,
      },
      {
        find: `for at = offset, offset + length - 1 do`,
        replace: `for at = offset, offset + length - 2 do`,
      },
      { find: `redis.call("DEL", scratch)\n`, replace: "" },
    ],
  },
  {
    file: `${lua}/wipe_partitions.lua`,
    tests: byHand,
    faults: [
      { find: `  take_out(materialized, scratch)\n`, replace: "" },
      { find: `  take_out(failed, scratch)\n`, replace: "" },
      {
        find: `if redis.call("HGET", meta, "epoch") ~= epoch then return { "unregistered" } end\n`,
        replace: "",
      },
      { find: `append_audit(audit, operation, entry)\n`, replace: "" },
      {
        find: `redis.call("DEL", records, errors, metadata, attempts)`,
        replace: `redis.call("DEL", records, errors, metadata)`,
      },
      { find: `if length == 128 then`, replace: `if length >= 127 then` },
      {
        find: `had_records, had_earlier = bytes > 0, bytes > 128 * 19`,
        replace: `had_records, had_earlier = bytes > 0, false`,
      },
      {
        find: `redis.call("EXISTS", errors, metadata, attempts) > 0`,
        replace: `redis.call("EXISTS", errors, metadata, attempts) > 2`,
      },
      {
        find: `had_records then redis.call("SETRANGE", records, offset * 19, string.sub(nothing, 1, length * 19)) end`,
        replace: `had_records then redis.call("SETRANGE", records, offset * 19, string.sub(nothing, 1, 19)) end`,
      },
      {
        find: `(128 + offset) * 19, string.sub(nothing, 1, length * 19)`,
        replace: `(128 + offset) * 19, string.sub(nothing, 1, 19)`,
      },
      { find: `          redis.call("HDEL", errors, at)\n`, replace: "" },
      { find: `          redis.call("HDEL", metadata, at)\n`, replace: "" },
      { find: `          redis.call("HDEL", attempts, at)\n`, replace: "" },
      {
        find: `for at = offset, offset + length - 1 do`,
        replace: `for at = offset, offset + length - 2 do`,
      },
      {
        find: `for at = offset, offset + length - 1 do`,
        replace: `for at = offset, offset + length do`,
      },
      {
        find: `if had_records and redis.call("GETRANGE", records, 0, 128 * 19 - 1) == nothing then redis.call("DEL", records) end`,
        replace: "",
      },
      { find: `redis.call("GETRANGE", records, 0, 128 * 19 - 1) == nothing`, replace: `true` },
      { find: `redis.call("DEL", scratch)\n`, replace: "" },
    ],
  },
  {
    file: `${lua}/includes/take_free.lua`,
    tests: byHand,
    faults: [
      {
        find: `redis.call("BITOP", "AND", running, scratch, in_progress)`,
        replace: `redis.call("BITOP", "OR", running, scratch, in_progress)`,
      },
      {
        find: `  if left_out > 0 then redis.call("BITOP", "XOR", scratch, scratch, running) end\n`,
        replace: "",
      },
      { find: `  redis.call("DEL", running)\n`, replace: "" },
      {
        find: `  redis.call("BITOP", "AND", both, plane, scratch)\n`,
        replace: `  redis.call("BITOP", "OR", both, plane, scratch)\n`,
      },
      { find: `  redis.call("DEL", both)\n`, replace: "" },
      {
        find: `  if redis.call("BITCOUNT", plane) == 0 then redis.call("DEL", plane) end\n`,
        replace: "",
      },
      { find: `first / 8 + at + 1`, replace: `first / 8 + at` },
      {
        find: `if start then visit(start, at * 8 - start) end`,
        replace: `if start then visit(start, at * 8 - start + 1) end`,
      },
      { find: `  if start then visit(start, 128 - start) end\n`, replace: "" },
      { find: `          if start then visit(start, at * 8 + bit - start) end\n`, replace: "" },
      {
        find: `math.floor(byte / 2 ^ (7 - bit)) % 2 == 1`,
        replace: `math.floor(byte / 2 ^ bit) % 2 == 1`,
      },
    ],
  },
  {
    file: `${lua}/includes/append_audit.lua`,
    tests: byHand,
    faults: [
      { find: `  if entry == "" then return end\n`, replace: "" },
      { find: `last[1][2][2] == operation`, replace: `last[1][2][2] ~= operation` },
      { find: `  if last[1] and last[1][2][2] == operation then return end\n`, replace: "" },
      { find: `"MAXLEN", 1000`, replace: `"MAXLEN", 1001` },
    ],
  },
];
