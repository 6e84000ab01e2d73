const folder = "packages/state/src/backfills";
const create = [`${folder}/createBackfill.redis.test.ts`];
const alert = [`${folder}/alertBackfill.redis.test.ts`];
const pack = [`${folder}/packBackfill.redis.test.ts`];
const lists = [`${folder}/backfillLists.redis.test.ts`];
const submissions = ["packages/state/src/submissions/submissions.redis.test.ts"];
const numbers = [`${folder}/forgetNumber.redis.test.ts`];
const lua = "packages/state/lua";

/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: `${lua}/create_backfill.lua`,
    tests: create,
    isQuick: true,
    faults: [
      { find: `if redis.call("EXISTS", header) == 1 then return { "created" } end\n`, replace: `` },
      { find: `"status", "running", "created", now`, replace: `"status", "running"` },
      { find: `redis.call("ZADD", index, now, backfill)\n`, replace: `` },
      { find: `redis.call("SADD", active, backfill)\n`, replace: `` },
      {
        find: `list_status(string.sub(header, 1, -#backfill - 2), backfill, "running", now)`,
        replace: `list_status(string.sub(header, 1, -#backfill - 2), backfill, "running")`,
      },
      {
        find: `list_status(string.sub(header, 1, -#backfill - 2), backfill, "running", now)\n`,
        replace: ``,
      },
      { find: `append_log(header, log, entry, ',"after":{"status":"running"}')\n`, replace: `` },
      {
        find: `redis.call("XADD", events, "MAXLEN", "~", 10000, "*", "backfill", backfill, "status", "running")\n`,
        replace: ``,
      },
    ],
  },
  {
    file: `${lua}/change_backfill.lua`,
    tests: create,
    isQuick: true,
    faults: [
      { find: `if redis.call("EXISTS", header) == 0 then return { "unknown" } end\n`, replace: `` },
      {
        find: `redis.call("HGET", header, field) or ""`,
        replace: `redis.call("HGET", header, field)`,
      },
      { find: `if before == text then return { "changed" } end\n`, replace: `` },
      { find: `if before ~= known then return { "outdated", before } end\n`, replace: `` },
      { find: `if before ~= known then`, replace: `if known ~= "" and before ~= known then` },
      { find: `redis.call("HSET", header, field, text)\n`, replace: `` },
      { find: `if entry ~= "" then append_log`, replace: `if true then append_log` },
      { find: `if entry ~= "" then append_log(header, log, entry, "") end\n`, replace: `` },
      {
        find: `redis.call("XADD", events, "MAXLEN", "~", 10000, "*", "backfill", backfill, "status", "changed")\n`,
        replace: ``,
      },
    ],
  },
  {
    file: `${lua}/includes/append_log.lua`,
    tests: alert,
    isQuick: true,
    faults: [
      {
        find: `redis.pcall("HINCRBY", header, "logged", 1)`,
        replace: `redis.call("HINCRBY", header, "logged", 1)`,
      },
      { find: `number = #entries + 1\n`, replace: `number = 1\n` },
      { find: `if known and #known <= 9 then`, replace: `if known then` },
      { find: `number = known + #entries - at + 1`, replace: `number = known + 1` },
      { find: `      break\n`, replace: ``, tests: create },
      {
        find: `  redis.call("HSET", header, "logged", string.format("%d", number))\n`,
        replace: ``,
      },
      {
        find: `redis.call("LTRIM", log, -1000, -1)`,
        replace: `redis.call("LTRIM", log, -1001, -1)`,
      },
      { find: `(more or "") .. "," ..`, replace: `"," ..` },
    ],
  },
  {
    file: `${lua}/includes/next_summary.lua`,
    tests: alert,
    isQuick: true,
    faults: [
      { find: `redis.pcall`, replace: `redis.call` },
      { find: `then highest = known end`, replace: `then highest = known break end` },
      { find: `redis.call("EXISTS", header .. ":summary:" .. known) == 1`, replace: `false` },
      { find: `  redis.call("HSET", header, "summaries", highest + 1)\n`, replace: `` },
      { find: `return highest + 1`, replace: `return highest` },
    ],
  },
  {
    file: `${lua}/alert_backfill.lua`,
    tests: alert,
    isQuick: true,
    faults: [
      { find: ` or redis.call("HEXISTS", header, "deleting") == 1`, replace: `` },
      { find: `if status ~= "running" or redis.call`, replace: `if redis.call` },
      { find: ` or redis.call("HEXISTS", header, "alerted") == 1`, replace: `` },
      { find: `redis.call("HSET", header, "alerted", now)\n`, replace: `` },
      { find: `"status", "failing", "finished", now`, replace: `"status", "failing"` },
      {
        find: `redis.call("ZADD", deliveries, now, backfill .. "-" .. sequence)\n`,
        replace: ``,
      },
      { find: `append_log(header, log, entry)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/log_backfill.lua`,
    tests: alert,
    isQuick: true,
    faults: [
      { find: `if redis.call("EXISTS", header) == 0 then return { "unknown" } end\n`, replace: `` },
      {
        find: `return { "logged", append_log(header, log, ARGV[1]) }`,
        replace: `return { "logged", 1 }`,
      },
    ],
  },
  {
    file: `${lua}/set_backfill_status.lua`,
    tests: alert,
    isQuick: true,
    faults: [{ find: `"revision") or 0) or 0`, replace: `"revision") or 0)` }],
  },
  {
    file: `${lua}/includes/list_status.lua`,
    tests: alert,
    isQuick: true,
    faults: [{ find: `tonumber(created) or 0`, replace: `created or 0` }],
  },
  {
    file: `${lua}/pack_backfill.lua`,
    tests: pack,
    isQuick: true,
    faults: [
      { find: `redis.call("HLEN", header) ~= known or `, replace: `` },
      { find: ` or redis.call("LLEN", log) ~= logged`, replace: `` },
      { find: `for at = 3, last, 2 do`, replace: `for at = 5, last, 2 do` },
      { find: `for at = 3, last, 2 do`, replace: `for at = 3, last - 2, 2 do` },
      { find: `redis.call("UNLINK", header, log)`, replace: `redis.call("UNLINK", header)` },
      { find: `redis.call("UNLINK", header, log)`, replace: `redis.call("UNLINK", log)` },
      { find: `for at = last + 1, #ARGV, 2 do`, replace: `for at = last + 3, #ARGV, 2 do` },
    ],
  },
  {
    file: `${lua}/rename_in_backfill.lua`,
    tests: pack,
    isQuick: true,
    faults: [
      {
        find: `if redis.call("HGET", header, field) ~= before then return { "outdated" } end\n`,
        replace: ``,
      },
      {
        find: `redis.call("HGET", header, field)`,
        replace: `redis.call("HGET", header, "header")`,
      },
      {
        find: `redis.call("HSET", header, "header", after)`,
        replace: `redis.call("HSET", header, field, after)`,
      },
      { find: `append_log(header, log, entry)\n`, replace: `` },
    ],
  },
  {
    file: `${lua}/list_backfills.lua`,
    tests: lists,
    isQuick: true,
    faults: [
      { find: `failed = true, canceled = true }`, replace: `failed = true }` },
      { find: `paused = true, canceling = true }`, replace: `paused = true }` },
      { find: `if not created then return nil end\n`, replace: `` },
      {
        find: `  if redis.call("TYPE", header).ok ~= "hash" then return "unknown", created end\n`,
        replace: ``,
      },
      { find: `tonumber(finished) and finished or created`, replace: `created` },
      { find: `tonumber(finished) and finished or created`, replace: `finished or created` },
      {
        find: `return open[status] and status or "unknown", created`,
        replace: `return status, created`,
      },
      { find: `== (finished ~= nil)`, replace: `== false` },
      {
        find: `is_right = is_right and is_there == (other == status)`,
        replace: `is_right = is_right and (is_there or other ~= status)`,
      },
      {
        find: `is_right = is_right and is_there == (other == status)`,
        replace: `is_right = is_there == (other == status)`,
      },
      { find: `if mode == "write" then`, replace: `if true then` },
    ],
  },
  {
    file: `${lua}/reserve_submission.lua`,
    tests: submissions,
    isQuick: true,
    faults: [
      { find: `if redis.call("EXISTS", submission) == 0 then`, replace: `if true then` },
      { find: `  redis.call("PEXPIRE", submission, keep)\n`, replace: `` },
      {
        find: `  redis.call("PEXPIRE", submission, keep)\nend\n`,
        replace: `end\nredis.call("PEXPIRE", submission, keep)\n`,
      },
      { find: `known[1] and known[2] and`, replace: `known[2] and` },
      { find: `known[1] and known[2] and`, replace: `known[1] and` },
      { find: `known[3] and known[4]`, replace: `known[4]` },
      { find: `known[3] and known[4]`, replace: `known[3]` },
      { find: `if known[1] ~= digest then return { "conflict", known[2] } end\n`, replace: `` },
      { find: `known[5] or ""`, replace: `known[5]` },
    ],
  },
  {
    file: `${lua}/mend_submission.lua`,
    tests: submissions,
    isQuick: true,
    faults: [
      {
        find: `~= backfill then return { "changed" } end`,
        replace: `== "" then return { "changed" } end`,
      },
      {
        find: `"planned", planned, "assets", assets, "dynamic", dynamic`,
        replace: `"assets", assets, "dynamic", dynamic`,
      },
      {
        find: `"planned", planned, "assets", assets, "dynamic", dynamic`,
        replace: `"planned", planned, "assets", assets`,
      },
    ],
  },
  {
    file: `${lua}/forget_number.lua`,
    tests: numbers,
    isQuick: true,
    faults: [
      {
        find: `if changing then return redis.error_reply("CHANGING " .. changing) end\n`,
        replace: ``,
      },
      { find: `> 0 then return { "running" } end`, replace: `> 1 then return { "running" } end` },
      { find: `"in_progress") or 0) or 0)`, replace: `"in_progress") or 0))` },
      { find: `math.floor(number / 65536) % 256`, replace: `0` },
      { find: `math.floor(number / 256) % 256`, replace: `0` },
      { find: `(has_errors or not is_named)`, replace: `not is_named` },
      { find: `local has_errors = drops_errors and`, replace: `local has_errors =` },
      { find: `for offset = 0, 127 do`, replace: `for offset = 0, 126 do` },
      { find: `offset * 19 + 11, offset * 19 + 13`, replace: `offset * 19 + 12, offset * 19 + 14` },
      { find: `        is_named = true\n`, replace: `` },
      { find: `if has_errors and #gone > 0 then`, replace: `if false then` },
      { find: `if last == "1" and not is_named then`, replace: `if not is_named then` },
      { find: `if last == "1" and not is_named then`, replace: `if last == "1" then` },
    ],
  },
];
