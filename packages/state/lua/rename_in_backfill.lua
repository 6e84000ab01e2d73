--[[
rename_in_backfill: lets a backfill name an asset by its new name, and writes so into its log.

KEYS[1]  header   infill:{backfills}:<backfill>       hash
KEYS[2]  log      infill:{backfills}:<backfill>:log   list, JSON, the newest 1,000
ARGV[1]  field    "header", or "p0" of a packed one (pack_backfill)
ARGV[2]  before   that field as the caller read it
ARGV[3]  after    JSON of its header with the new name
ARGV[4]  entry    JSON object for its log

Returns  {"renamed"}    now
         {"outdated"}   its header is another one by now, or it is gone; nothing was written
]]
--- @include "append_log"
local header, log, field, before, after, entry = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call("HGET", header, field) ~= before then return { "outdated" } end
redis.call("HSET", header, "header", after)
append_log(header, log, entry)
return { "renamed" }
