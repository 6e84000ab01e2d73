--[[
settle_delivery: records the result of an attempt to deliver a summary to one target.

KEYS[1]  deliveries   infill:{backfills}:deliveries   sorted set (take_delivery)
KEYS[2]  parked       infill:{backfills}:parked       sorted set, delivery -> when it was parked, epoch ms; the newest 1,000
ARGV[1]  root         infill:{backfills}
ARGV[2]  delivery     "<backfill>-<sequence> <target>"
ARGV[3]  taker        the caller's text from take_delivery
ARGV[4]  how          delivered: the target accepted it
                      again: the attempt failed and another one follows
                      parked: the last attempt failed
ARGV[5]  delay        milliseconds until the next attempt
ARGV[6]  error        "" if it was delivered
ARGV[7]  log          JSON for the backfill's log if it was delivered or parked, else ""

Returns  {"settled"}
         {"lost"}      another planner has taken it since, or it was settled; nothing was written
Keeps    the summary is deleted when every target has accepted it
]]
--- @include "now_ms"
--- @include "summary_key"
--- @include "append_log"
local deliveries, parked = KEYS[1], KEYS[2]
local root, delivery, taker, how, delay, problem, entry = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7]
local key, backfill = summary_key(root, delivery)

local function forget(of)
  local its = summary_key(root, of)
  redis.call("HDEL", its, "taker " .. of, "attempts " .. of, "error " .. of)
  -- If the count is unreadable the summary stays; the doctor repairs it.
  if not string.match(redis.call("HGET", its, "left") or "0", "^-?%d+$") then return end
  if redis.call("HINCRBY", its, "left", -1) <= 0 then redis.call("DEL", its) end
end

if redis.call("HGET", key, "taker " .. delivery) ~= taker then return { "lost" } end
local now = now_ms()
local header = root .. ":" .. backfill
if entry ~= "" and redis.call("EXISTS", header) == 1 then append_log(header, header .. ":log", entry) end
if how == "delivered" then
  redis.call("ZREM", deliveries, delivery)
  forget(delivery)
  return { "settled" }
end
redis.call("HDEL", key, "taker " .. delivery)
redis.call("HSET", key, "error " .. delivery, problem)
if how == "again" then
  redis.call("ZADD", deliveries, now + delay, delivery)
  return { "settled" }
end
redis.call("ZREM", deliveries, delivery)
redis.call("ZADD", parked, now, delivery)
for _, old in ipairs(redis.call("ZRANGE", parked, 0, -1001)) do
  redis.call("ZREM", parked, old)
  if redis.call("EXISTS", (summary_key(root, old))) == 1 then forget(old) end
end
return { "settled" }
