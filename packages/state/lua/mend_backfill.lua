--[[
mend_backfill: repairs the lists of backfills by a backfill's header, and deletes its lease if that has no expiry.

KEYS[1]  header   infill:{backfills}:<backfill>         hash
KEYS[2]  index    infill:{backfills}:index              sorted set, id -> created, epoch ms
KEYS[3]  active   infill:{backfills}:active             set of ids that have not ended
KEYS[4]  lease    infill:{backfills}:<backfill>:lease   string
ARGV[1]  backfill
ARGV[2…] final    the statuses of backfills that have ended

Returns  {"mended", how many things changed}
]]
local header, index, active, lease = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local backfill = ARGV[1]
local status, created = unpack(redis.call("HMGET", header, "status", "created"))
local mended = 0
if not status then
  if redis.call("EXISTS", header) == 0 then
    mended = redis.call("SREM", active, backfill) + redis.call("ZREM", index, backfill)
  end
else
  local has_ended = false
  for at = 2, #ARGV do has_ended = has_ended or ARGV[at] == status end
  if has_ended then
    mended = redis.call("SREM", active, backfill)
  else
    mended = redis.call("SADD", active, backfill)
  end
  mended = mended + redis.call("ZADD", index, "NX", tonumber(created) or 0, backfill)
end
if redis.call("PTTL", lease) == -1 then mended = mended + redis.call("DEL", lease) end
return { "mended", mended }
