--[[
take_delivery: gives a planner the delivery that has been due the longest, for a while.

KEYS[1]  deliveries   infill:{backfills}:deliveries   sorted set, delivery -> when it is due, epoch ms; while it is taken, when that lease ends
ARGV[1]  root         infill:{backfills}
ARGV[2]  taker        random text, another one each time
ARGV[3]  lease        milliseconds

A delivery is "<backfill>-<sequence>" until expand_delivery says where it goes, then one "<backfill>-<sequence> <target>" for each target.
Its facts are fields of infill:{backfills}:<backfill>:summary:<sequence>: summary; status (the backfill's by it: a final one, or "paused"); finished (when it got that status, epoch ms); left (targets that have not taken it);
for each delivery "taker <delivery>", "attempts <delivery>", "error <delivery>".

Returns  {"taken", delivery, attempts, finished, summary}   attempts count this one; finished is -1 where it cannot be read
         {"none", ms until the next is due}                    -1 where there is none
Keeps    a delivery has one taker at a time; a taker that dies is followed by another one when its lease ends
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
  local key = summary_key(root, delivery)
  local facts = redis.call("HMGET", key, "summary", "finished")
  if facts[1] then
    redis.call("ZADD", deliveries, now + lease, delivery)
    redis.call("HSET", key, "taker " .. delivery, taker)
    local field = "attempts " .. delivery
    -- a number of attempts that cannot be read begins anew
    if not string.match(redis.call("HGET", key, field) or "0", "^%d+$") then redis.call("HDEL", key, field) end
    return { "taken", delivery, redis.call("HINCRBY", key, field, 1), tonumber(facts[2] or "") or -1, facts[1] }
  end
  -- its backfill was deleted
  redis.call("ZREM", deliveries, delivery)
end
return { "none", 0 }
