--[[
log_backfill: appends an entry to a backfill's log for an action that changed no status.

KEYS[1]  header   infill:{backfills}:<backfill>       hash
KEYS[2]  log      infill:{backfills}:<backfill>:log   list, JSON, the newest 1,000
ARGV[1]  entry    JSON object: what, actor, reason, and further fields of the action

Returns  {"logged", number}   entries of one backfill are numbered from 1
         {"unknown"}          there is no such backfill; nothing was written
]]
--- @include "append_log"
local header, log = KEYS[1], KEYS[2]
if redis.call("EXISTS", header) == 0 then return { "unknown" } end
return { "logged", append_log(header, log, ARGV[1]) }
