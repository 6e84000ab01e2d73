--[[
take_delivery: leases the delivery that has been due for the longest time to a planner.

KEYS[1]  deliveries   infill:{backfills}:deliveries   sorted set, delivery -> when it is due, or when its lease ends, epoch ms
ARGV[1]  root         infill:{backfills}
ARGV[2]  taker        random text, new for each call
ARGV[3]  lease        milliseconds

A delivery is "<backfill>-<sequence>" until expand_delivery replaces it by one "<backfill>-<sequence> <target>" for each
target. The hash infill:{backfills}:<backfill>:summary:<sequence> has the fields: summary; status (a final one, or
"paused"); finished (when the backfill got that status, epoch ms); left (targets that have not accepted it); and for each
delivery "taker <delivery>", "attempts <delivery>", "error <delivery>".

Returns  {"taken", delivery, attempts, finished, summary}   attempts include this one; finished is -1 if it is unreadable
         {"none", ms until the next is due}                    -1 if there is no delivery
Keeps    a delivery has one taker at a time; after the death of a taker, another one gets it when the lease ends
]]
--- @include "now_ms"
--- @include "summary_key"
local deliveries, root, taker, lease = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = now_ms()
for _ = 1, 100 do
  local next = redis.call("ZRANGE", deliveries, 0, 0, "WITHSCORES")
  if not next[1] then return { "none", -1 } end
  local delivery, due = next[1], tonumber(next[2])
  if due > now then return { "none", due - now } end
  local key, backfill = summary_key(root, delivery)
  local facts = redis.call("HMGET", key, "summary", "finished")
  if facts[1] then
    redis.call("ZADD", deliveries, now + lease, delivery)
    redis.call("HSET", key, "taker " .. delivery, taker)
    local field = "attempts " .. delivery
    -- An unreadable number of attempts starts again at 0.
    if not string.match(redis.call("HGET", key, field) or "0", "^%d+$") then redis.call("HDEL", key, field) end
    return { "taken", delivery, redis.call("HINCRBY", key, field, 1), tonumber(facts[2] or "") or -1, facts[1] }
  end
  if backfill then
    -- The backfill was deleted.
    redis.call("ZREM", deliveries, delivery)
  else
    -- The doctor sets an unreadable delivery aside. Until then it comes behind the others.
    redis.call("ZADD", deliveries, now + 3600000, delivery)
  end
end
return { "none", 0 }
