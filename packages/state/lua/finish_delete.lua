--[[
finish_delete: deletes the rest of a backfill whose ledgers are deleted: summaries, log, lease, header.

KEYS[1]  header       infill:{backfills}:<backfill>         hash
KEYS[2]  log          infill:{backfills}:<backfill>:log     list
KEYS[3]  lease        infill:{backfills}:<backfill>:lease   string
KEYS[4]  deleting     infill:{backfills}:deleting           set of ids
KEYS[5]  active       infill:{backfills}:active             set of ids
KEYS[6]  deliveries   infill:{backfills}:deliveries         sorted set (take_delivery)
KEYS[7]  parked       infill:{backfills}:parked             sorted set
KEYS[8]  events       infill:{backfills}:events             stream
ARGV[1]  backfill

Returns  {"more"}      this call deleted 50 summaries and more are left: call again
         {"deleted"}   nothing of it is left, by this or an earlier call
         {"active"}    its deletion has not begun; nothing was written
Emits    backfill, status "deleted"
]]
--- @include "announce"
--- @include "summary_count"
local header, log, lease, deleting, active = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local deliveries, parked, events, backfill = KEYS[6], KEYS[7], KEYS[8], ARGV[1]
if redis.call("EXISTS", header) == 0 then return { "deleted" } end
if redis.call("HEXISTS", header, "deleting") == 0 then return { "active" } end
local left = summary_count(redis.call("HGET", header, "summaries"))
local until_sequence = math.max(0, left - 50)
while left > until_sequence do
  local summary = header .. ":summary:" .. left
  local delivery = backfill .. "-" .. left
  redis.call("ZREM", deliveries, delivery)
  for _, field in ipairs(redis.call("HKEYS", summary)) do
    local target = string.match(field, "^attempts (.*)$")
    if target then
      redis.call("ZREM", deliveries, target)
      redis.call("ZREM", parked, target)
    end
  end
  redis.call("UNLINK", summary)
  left = left - 1
end
redis.call("HSET", header, "summaries", left)
if left > 0 then return { "more" } end
redis.call("UNLINK", header, log, lease)
redis.call("SREM", deleting, backfill)
redis.call("SREM", active, backfill)
redis.call("XADD", events, "MAXLEN", "~", 10000, "*", "backfill", backfill, "status", "deleted")
announce(events)
return { "deleted" }
