const src = "packages/state/src";
const junk = [`${src}/store/junkCounters.redis.test.ts`];
const history = [`${src}/settlements/attemptHistory.redis.test.ts`];
const ledger = [`${src}/doctor/mending/mendLedger.redis.test.ts`];
const claims = [`${src}/doctor/mending/mendClaims.redis.test.ts`];
const drop = [`${src}/ledger/dropReservations.redis.test.ts`];
const settle = [`${src}/settlements/settlePartitions.redis.test.ts`];
const claim = [`${src}/claims/claimPartitions.redis.test.ts`];
const transitions = [`${src}/settlements/transitions.redis.test.ts`];
const unreadable = [`${src}/claims/unreadableClaims.redis.test.ts`];
const take = [`${src}/deliveries/takeDelivery.redis.test.ts`];
const lua = "packages/state/lua";
const includes = "packages/state/lua/includes";

/** @type {import("../../scripts/mutantList.mjs").FaultyFile[]} */
export const files = [
  {
    file: `${includes}/counting.lua`,
    tests: junk,
    isQuick: true,
    faults: [{ find: `redis.pcall`, replace: `redis.call` }],
  },
  {
    file: `${includes}/tell_settlements.lua`,
    tests: junk,
    isQuick: true,
    faults: [
      { find: `redis.pcall("HINCRBY"`, replace: `redis.call("HINCRBY"` },
      { find: `if fields[at] == "n" then`, replace: `if fields[at] == "s" then` },
      {
        find: `  redis.pcall("HSET", meta, "settlements", string.format("%d", known + 1))\n`,
        replace: ``,
      },
      { find: `return known + 1`, replace: `return known` },
    ],
  },
  {
    file: `${includes}/append_attempts.lua`,
    tests: history,
    isQuick: true,
    faults: [
      { find: `for _ = 6, lines do`, replace: `for _ = 7, lines do`, tests: claims },
      { find: `newest_attempts(known .. added)`, replace: `newest_attempts(added)` },
      { find: `  if tonumber(started) == 0 then return "" end\n`, replace: ``, tests: claims },
      { find: `string.gsub(message, "%c+", " ")`, replace: `message` },
      { find: `1, 200)`, replace: `1, 220)` },
      { find: `math.max(0, now - started)`, replace: `now` },
    ],
  },
  {
    file: `${includes}/under_change.lua`,
    tests: ledger,
    isQuick: true,
    faults: [
      { find: `redis.pcall`, replace: `redis.call` },
      { find: `type(operation) == "string" and operation`, replace: `operation` },
      { find: `type(operation) == "string" and operation`, replace: `false` },
    ],
  },
  {
    file: `${includes}/claim_entry.lua`,
    tests: claims,
    isQuick: true,
    faults: [
      { find: `"^([RLW]) `, replace: `"^([RL]) ` },
      { find: `([%d.]+) (%d+) (%S+)$"`, replace: `(%d+) (%d+) (%S+)$"` },
      {
        find: `string.match(entry or "", "^(%u) .* (%S+)$")`,
        replace: `string.match(entry, "^(%u) .* (%S+)$")`,
        tests: drop,
      },
    ],
  },
  {
    file: `${includes}/summary_key.lua`,
    tests: take,
    isQuick: true,
    faults: [
      { find: `"^(.-)%-(%d+)"`, replace: `"^(.*)%-(%d+)"` },
      { find: `"^(.-)%-(%d+)"`, replace: `"^(.-)%-(%d)"` },
      {
        find: `  if not backfill then return root .. ":unreadable" end\n`,
        replace: ``,
        tests: take,
      },
    ],
  },
  {
    file: `${includes}/ordinal_runs.lua`,
    tests: settle,
    isQuick: true,
    faults: [
      { find: `if first and ordinal ~= ends then`, replace: `if first then` },
      {
        find: `length == 1 and first or first .. "+" .. length`,
        replace: `first .. "+" .. length`,
      },
      { find: `for index = 1, #ordinals + 1 do`, replace: `for index = 1, #ordinals do` },
    ],
  },
  {
    file: `${includes}/bitfield.lua`,
    tests: [...claim, ...transitions],
    faults: [
      { find: `offsets[index + length] - first == length do`, replace: `true do` },
      { find: `2 ^ length - 1)`, replace: `2 ^ length - 2)` },
      { find: `value == 0 and "0" or`, replace: `false or` },
      {
        find: `bits[at] = number % 2`,
        replace: `bits[last + last - length + 1 - at] = number % 2`,
      },
      {
        find: `      if number == 0 then break end\n`,
        replace: ``,
        survives: "only saves time: the bits are 0 already",
      },
    ],
  },
  {
    file: `${lua}/lapse_sessions.lua`,
    tests: unreadable,
    isQuick: true,
    faults: [
      {
        find: `read_claim(entry) and string.find(field, ":%-?%d+$")`,
        replace: `read_claim(entry)`,
      },
      {
        find: `read_claim(entry) and string.find(field, ":%-?%d+$")`,
        replace: `string.find(field, ":%-?%d+$")`,
      },
    ],
  },
  {
    file: `${lua}/release_partitions.lua`,
    tests: unreadable,
    isQuick: true,
    faults: [{ find: `if attempt and string.sub`, replace: `if entry and string.sub` }],
  },
  {
    file: `${lua}/judge_lapse.lua`,
    tests: unreadable,
    isQuick: true,
    faults: [{ find: `if not attempt or string.sub`, replace: `if not entry or string.sub` }],
  },
  {
    file: `${lua}/start_suspect.lua`,
    tests: unreadable,
    isQuick: true,
    faults: [{ find: `if not attempt then return { "refused" } end\n`, replace: `` }],
  },
  {
    file: `${lua}/take_delivery.lua`,
    tests: take,
    isQuick: true,
    faults: [
      { find: `    redis.call("ZADD", deliveries, now + 3600000, delivery)\n`, replace: `` },
      { find: `  if backfill then\n`, replace: `  if true then\n` },
    ],
  },
];
