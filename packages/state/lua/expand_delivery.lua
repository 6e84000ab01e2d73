--[[
expand_delivery: says where a summary goes, which only a planner knows: its project names the targets.

KEYS[1]  deliveries   infill:{backfills}:deliveries   sorted set (take_delivery)
ARGV[1]  root         infill:{backfills}
ARGV[2]  delivery     "<backfill>-<sequence>"
ARGV[3]  taker        who took it
ARGV[4…] targets      at most 32; none: nobody wants it, and the summary goes

Returns  {"expanded", how many}
         {"lost"}                 somebody else has taken it meanwhile; nothing was written
Keeps    each target has one delivery of a summary
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
