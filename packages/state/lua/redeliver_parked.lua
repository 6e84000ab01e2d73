--[[
redeliver_parked: makes parked deliveries due now, with all their attempts before them again.

KEYS[1]  deliveries   infill:{backfills}:deliveries   sorted set, delivery -> when it is due, epoch ms (take_delivery)
KEYS[2]  parked       infill:{backfills}:parked       sorted set, delivery -> when it was parked, epoch ms (settle_delivery)
ARGV[1]  root         infill:{backfills}
ARGV[2…] for each delivery: "<backfill>-<sequence> <target>", and JSON for its backfill's log; at most 100

Returns  {"redelivered", deliveries…}   those that this call made due; one that is not parked is left alone, and one whose
                                        backfill was deleted is removed
Keeps    a delivery is due or parked, never both
]]
--- @include "now_ms"
--- @include "summary_key"
--- @include "append_log"
local deliveries, parked, root = KEYS[1], KEYS[2], ARGV[1]
local now = now_ms()
local reply = { "redelivered" }
for at = 2, #ARGV, 2 do
  local delivery, entry = ARGV[at], ARGV[at + 1]
  if redis.call("ZREM", parked, delivery) == 1 then
    local key, backfill = summary_key(root, delivery)
    if redis.call("HEXISTS", key, "summary") == 1 then
      redis.call("HSET", key, "attempts " .. delivery, 0)
      redis.call("ZADD", deliveries, now, delivery)
      local header = root .. ":" .. backfill
      if redis.call("EXISTS", header) == 1 then append_log(header, header .. ":log", entry) end
      reply[#reply + 1] = delivery
    end
  end
end
return reply
