const folder = "packages/state/src/deliveries";
const take = [`${folder}/takeDelivery.redis.test.ts`];
const settle = [`${folder}/settleDelivery.redis.test.ts`];
const lua = "packages/state/lua";

/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: `${lua}/take_delivery.lua`,
    tests: take,
    isQuick: true,
    faults: [
      { find: `if due > now then`, replace: `if due < now then` },
      { find: `for _ = 1, 100 do`, replace: `for _ = 1, 99 do` },
      { find: `for _ = 1, 100 do`, replace: `for _ = 1, 101 do` },
      { find: `0, 0, "WITHSCORES"`, replace: `-1, -1, "WITHSCORES"` },
      { find: `now + lease, delivery`, replace: `now, delivery` },
      { find: `    redis.call("HSET", key, "taker " .. delivery, taker)\n`, replace: "" },
      {
        find: `then redis.call("HDEL", key, field) end`,
        replace: `then redis.call("HDEL", key, "") end`,
      },
      { find: `key, field, 1)`, replace: `key, field, 2)` },
      { find: `  redis.call("ZREM", deliveries, delivery)\n`, replace: "" },
      { find: `or -1, facts[1]`, replace: `or 0, facts[1]` },
      { find: `return { "none", -1 }`, replace: `return { "none", 0 }` },
    ],
  },
  {
    file: `${lua}/expand_delivery.lua`,
    tests: take,
    isQuick: true,
    faults: [
      {
        find: `if redis.call("HGET", key, "taker " .. delivery) ~= taker then return { "lost" } end\n`,
        replace: "",
      },
      { find: `redis.call("ZREM", deliveries, delivery)\n`, replace: "" },
      { find: `"taker " .. delivery, "attempts " .. delivery)`, replace: `"taker " .. delivery)` },
      { find: `"HDEL", key, "taker " .. delivery, "attempts`, replace: `"HDEL", key, "attempts` },
      { find: `  redis.call("HSET", key, "attempts " .. target, 0)\n`, replace: "" },
      { find: `if #ARGV < 4 then`, replace: `if #ARGV < 5 then` },
      { find: `"left", #ARGV - 3)`, replace: `"left", #ARGV - 4)` },
      { find: `deliveries, now, target`, replace: `deliveries, now + 3600000, target` },
    ],
  },
  {
    file: `${lua}/settle_delivery.lua`,
    tests: settle,
    isQuick: true,
    faults: [
      {
        find: `if redis.call("HGET", key, "taker " .. delivery) ~= taker then return { "lost" } end\n`,
        replace: "",
      },
      {
        find: `if entry ~= "" and redis.call("EXISTS", header) == 1 then`,
        replace: `if redis.call("EXISTS", header) == 1 then`,
      },
      {
        find: `if entry ~= "" and redis.call("EXISTS", header) == 1 then`,
        replace: `if entry ~= "" then`,
      },
      {
        find: `  redis.call("ZREM", deliveries, delivery)\n  forget(delivery)\n`,
        replace: `  forget(delivery)\n`,
      },
      {
        find: `  redis.call("ZREM", deliveries, delivery)\n  forget(delivery)\n`,
        replace: `  redis.call("ZREM", deliveries, delivery)\n`,
      },
      { find: `redis.call("HDEL", key, "taker " .. delivery)\n`, replace: "" },
      { find: `redis.call("HSET", key, "error " .. delivery, problem)\n`, replace: "" },
      { find: `now + delay, delivery`, replace: `now - delay, delivery` },
      {
        find: `redis.call("ZREM", deliveries, delivery)\nredis.call("ZADD", parked, now, delivery)`,
        replace: `redis.call("ZADD", parked, now, delivery)`,
      },
      { find: `redis.call("ZADD", parked, now, delivery)\n`, replace: "" },
      { find: `0, -1001)`, replace: `0, -1000)` },
      { find: `0, -1001)`, replace: `0, -1002)` },
      { find: `  redis.call("ZREM", parked, old)\n`, replace: "" },
      {
        find: `if redis.call("EXISTS", (summary_key(root, old))) == 1 then forget(old) end`,
        replace: `forget(old)`,
        survives: "The count of a summary that is gone becomes -1, and that deletes it.",
      },
      {
        find: `if redis.call("EXISTS", (summary_key(root, old))) == 1 then forget(old) end`,
        replace: "",
      },
      { find: `"left", -1) <= 0`, replace: `"left", -1) < 0` },
      { find: `"left", -1) <= 0 then`, replace: `"left", -1) <= 1 then` },
      {
        find: `"taker " .. of, "attempts " .. of, "error " .. of)`,
        replace: `"taker " .. of, "attempts " .. of)`,
      },
      {
        find: `"taker " .. of, "attempts " .. of, "error " .. of)`,
        replace: `"taker " .. of, "error " .. of)`,
      },
    ],
  },
  {
    file: `${lua}/redeliver_parked.lua`,
    tests: take,
    isQuick: true,
    faults: [
      {
        find: `if redis.call("ZREM", parked, delivery) == 1 then`,
        replace: `if redis.call("ZREM", parked, delivery) == 0 then`,
      },
      {
        find: `if redis.call("ZREM", parked, delivery) == 1 then`,
        replace: `if redis.call("ZSCORE", parked, delivery) then`,
      },
      { find: `if redis.call("HEXISTS", key, "summary") == 1 then`, replace: `if true then` },
      { find: `      redis.call("HSET", key, "attempts " .. delivery, 0)\n`, replace: "" },
      { find: `      redis.call("ZADD", deliveries, now, delivery)\n`, replace: "" },
      {
        find: `if redis.call("EXISTS", header) == 1 then append_log`,
        replace: `if true then append_log`,
      },
      { find: `for at = 2, #ARGV, 2 do`, replace: `for at = 2, #ARGV, 4 do` },
    ],
  },
];
