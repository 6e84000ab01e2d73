--[[
begin_delete: begins to delete a backfill that has ended. From then on no list names it and nothing can restart it.

KEYS[1]  header     infill:{backfills}:<backfill>   hash
KEYS[2]  index      infill:{backfills}:index        sorted set, id -> created, epoch ms
KEYS[3]  deleting   infill:{backfills}:deleting     set of ids whose deletion has begun
ARGV[1]  backfill
ARGV[2…] final      the statuses in which it may be deleted

Returns  {"deleting"}          now, or since an earlier call
         {"active", status}    it has not ended; nothing was written
         {"unknown"}           there is no such backfill
]]
--- @include "list_status"
local header, index, deleting, backfill = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local status = redis.call("HGET", header, "status")
if not status then return { "unknown" } end
if redis.call("HEXISTS", header, "deleting") == 1 then return { "deleting" } end
local allowed = false
for at = 2, #ARGV do allowed = allowed or ARGV[at] == status end
if not allowed then return { "active", status } end
redis.call("HSET", header, "deleting", 1)
redis.call("ZREM", index, backfill)
redis.call("SADD", deleting, backfill)
list_status(string.sub(header, 1, -#backfill - 2), backfill)
return { "deleting" }
