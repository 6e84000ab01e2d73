--[[
create_backfill: creates a backfill's header. The caller has opened its ledgers before; nothing reads them until this call.

KEYS[1]  header   infill:{backfills}:<backfill>   hash
KEYS[2]  index    infill:{backfills}:index        sorted set, id -> created, epoch ms
KEYS[3]  active   infill:{backfills}:active       set of ids that have not ended
KEYS[4]  events   infill:{backfills}:events       stream
ARGV[1]  backfill
ARGV[2]  header   JSON: request, assets, actor, reason
ARGV[3]  log      JSON: the first entry of its log
KEYS[5]  log      infill:{backfills}:<backfill>:log   list, JSON

Keeps    the list of its status holds its id (list_status)
Returns  {"created"}   now, or by an earlier call
Emits    backfill, status "running"
]]
--- @include "announce"
--- @include "now_ms"
--- @include "append_log"
--- @include "list_status"
local header, index, active, events, log = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local backfill, json, entry = ARGV[1], ARGV[2], ARGV[3]

if redis.call("EXISTS", header) == 1 then return { "created" } end
local now = now_ms()
redis.call("HSET", header, "status", "running", "created", now, "header", json)
redis.call("ZADD", index, now, backfill)
redis.call("SADD", active, backfill)
list_status(string.sub(header, 1, -#backfill - 2), backfill, "running", now)
append_log(header, log, entry, ',"after":{"status":"running"}')
redis.call("XADD", events, "MAXLEN", "~", 10000, "*", "backfill", backfill, "status", "running")
announce(events)
return { "created" }
