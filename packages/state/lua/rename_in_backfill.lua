--[[
rename_in_backfill: writes an asset's new name into a backfill's header, and logs the change.

KEYS[1]  header   infill:{backfills}:<backfill>       hash
KEYS[2]  log      infill:{backfills}:<backfill>:log   list, JSON, the newest 1,000
ARGV[1]  field    "header", or "p0" of a packed one (pack_backfill)
ARGV[2]  before   the field's text as the caller read it
ARGV[3]  after    JSON of the header with the new name
ARGV[4]  entry    JSON object for the backfill's log

Returns  {"renamed"}    now
         {"outdated"}   the header has changed since, or is deleted; nothing was written
]]
--- @include "append_log"
local header, log, field, before, after, entry = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call("HGET", header, field) ~= before then return { "outdated" } end
redis.call("HSET", header, "header", after)
append_log(header, log, entry)
return { "renamed" }
