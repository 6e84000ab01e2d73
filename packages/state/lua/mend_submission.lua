--[[
mend_submission: writes again what a submission says, from the header of the backfill that it made.

KEYS[1]  submission  infill:{backfills}:submission:<digest of the key>  hash, lapses
ARGV[1]  backfill    that it must name
ARGV[2]  planned     epoch ms
ARGV[3]  assets      JSON list
ARGV[4]  dynamic     JSON, or ""

Returns  {"mended"}
         {"changed"}   it has lapsed, or names another backfill by now; nothing was written
Keeps    when it lapses
]]
local submission, backfill, planned, assets, dynamic = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call("HGET", submission, "backfill") ~= backfill then return { "changed" } end
redis.call("HSET", submission, "planned", planned, "assets", assets, "dynamic", dynamic)
return { "mended" }
