--[[
expand_delivery: turns one delivery into one for each target. Only a planner can: its project names the targets.

KEYS[1]  deliveries   infill:{backfills}:deliveries   sorted set (take_delivery)
ARGV[1]  root         infill:{backfills}
ARGV[2]  delivery     "<backfill>-<sequence>"
ARGV[3]  taker        the caller's text from take_delivery
ARGV[4…] targets      at most 32; none: the summary is deleted

Returns  {"expanded", how many}
         {"lost"}                another planner has taken it since; nothing was written
Keeps    one delivery of a summary for each target
]]
--- @include "now_ms"
--- @include "summary_key"
local deliveries, root, delivery, taker = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local key = summary_key(root, delivery)
if redis.call("HGET", key, "taker " .. delivery) ~= taker then return { "lost" } end
redis.call("ZREM", deliveries, delivery)
redis.call("HDEL", key, "taker " .. delivery, "attempts " .. delivery)
local now = now_ms()
for index = 4, #ARGV do
  local target = delivery .. " " .. ARGV[index]
  redis.call("ZADD", deliveries, now, target)
  redis.call("HSET", key, "attempts " .. target, 0)
end
if #ARGV < 4 then redis.call("DEL", key) else redis.call("HSET", key, "left", #ARGV - 3) end
return { "expanded", #ARGV - 3 }
