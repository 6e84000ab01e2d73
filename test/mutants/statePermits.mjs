const folder = "packages/state/src/permits";
const take = [`${folder}/takePermits.redis.test.ts`];
const giveBack = [`${folder}/returnPermits.redis.test.ts`];
const lua = "packages/state/lua";

/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: `${lua}/take_permits.lua`,
    tests: take,
    isQuick: true,
    faults: [
      {
        find: `if free <= 0 then return true end`,
        replace: `if free < 0 then return true end`,
        survives: "With nothing free, `before >= free` closes the scope too.",
      },
      { find: `return before >= free`, replace: `return before > free` },
      { find: `return before >= free`, replace: `return false` },
      { find: `not mine or number < mine`, replace: `not mine or number > mine` },
      { find: `not mine or number < mine`, replace: `not mine` },
      {
        find: `if other ~= backfill and`,
        replace: `if`,
        survives:
          "A backfill's number is not lower than itself, and without one it is not in the line.",
      },
      { find: `scope.used = scope.used + 1`, replace: `scope.used = scope.used` },
      {
        find: `redis.call("SADD", scope.key, holder)`,
        replace: `redis.call("SISMEMBER", scope.key, holder)`,
      },
      { find: `scope.last = scope.last + 1`, replace: `scope.last = scope.last` },
      { find: `tonumber(redis.call("HGET", caps, name) or cap)`, replace: `tonumber(cap)` },
      {
        find: `if not scope.cap then return false end`,
        replace: `if not scope.cap then return true end`,
      },
      { find: `asked + patience < now`, replace: `asked + patience > now` },
      { find: `asked + patience < now`, replace: `asked < now` },
      { find: `if not asked or asked`, replace: `if asked and asked` },
      {
        find: `last = math.max(last, tonumber(number))`,
        replace: `last = last + 1`,
      },
      { find: `holder) == 0 then lacking`, replace: `holder) ~= 2 then lacking` },
      { find: `closed = closed or scope.name`, replace: `closed = scope.name` },
      {
        find: `      if not scope.waiting[backfill] then\n        scope.last`,
        replace: `      if true then\n        scope.last`,
      },
      { find: `      redis.call("PEXPIRE", scope.line, patience)\n`, replace: "" },
      { find: `      scope.waiting[backfill] = nil\n`, replace: "" },
      { find: `      redis.call("HDEL", scope.line, backfill)\n`, replace: "" },
      { find: `{ redis.call("HGET", held, holder) or nil }`, replace: `{}` },
      { find: `now + review, holder`, replace: `now - review, holder` },
      { find: `    redis.call("HSET", held, holder, table.concat(names, " "))\n`, replace: "" },
    ],
  },
  {
    file: `${lua}/release_permits.lua`,
    tests: giveBack,
    isQuick: true,
    faults: [
      { find: `for index = 2, #ARGV do`, replace: `for index = 3, #ARGV do` },
      { find: `released = released + drop_permits`, replace: `released = drop_permits` },
    ],
  },
  {
    file: `${lua}/includes/drop_permits.lua`,
    tests: giveBack,
    isQuick: true,
    faults: [
      { find: `  redis.call("HDEL", root .. ":overruns", holder)\n`, replace: "" },
      { find: `  redis.call("HDEL", held, holder)\n`, replace: "" },
      { find: `  redis.call("ZREM", holders, holder)\n`, replace: "" },
      { find: `redis.call("SREM", root .. ":scope:" .. name, holder)`, replace: `local _ = name` },
      { find: `string.gmatch(names, "%S+")`, replace: `string.gmatch(names, "^%S+")` },
      { find: `return 0`, replace: `return 1` },
    ],
  },
  {
    file: `${lua}/review_permits.lua`,
    tests: giveBack,
    isQuick: true,
    faults: [
      { find: `redis.call("ZSCORE", holders, holder) == score`, replace: `true` },
      {
        find: `redis.call("ZSCORE", holders, holder) == score`,
        replace: `redis.call("ZSCORE", holders, holder)`,
      },
      { find: `if verdict == "running" then`, replace: `if verdict ~= "running" then` },
      { find: `      redis.call("ZADD", holders, now + review, holder)\n`, replace: "" },
      { find: `now + review, holder`, replace: `now - review, holder` },
      { find: `dropped = dropped + drop_permits`, replace: `dropped = drop_permits` },
      { find: `for at = 3, #ARGV, 3 do`, replace: `for at = 3, #ARGV, 6 do` },
    ],
  },
  {
    file: `${lua}/note_overrun.lua`,
    tests: giveBack,
    isQuick: true,
    faults: [
      { find: `redis.call("HSETNX", overruns`, replace: `redis.call("HSET", overruns` },
      { find: `if #KEYS == 3 then return { "noted" } end\n`, replace: "" },
      { find: `{ redis.call("HGET", held, holder) or nil }`, replace: `{}` },
      { find: `, holder) == 1 then names`, replace: `, holder) == 0 then names` },
      { find: `redis.call("HSET", held, holder, table.concat(names, " "))\n`, replace: "" },
      { find: `redis.call("ZADD", holders, now + review, holder)\n`, replace: "" },
      { find: `now + review, holder`, replace: `now - review, holder` },
      { find: `for index = 4, #KEYS do`, replace: `for index = 5, #KEYS do` },
    ],
  },
];
