--[[
mend_submission: rewrites the fields of a submission from the header of its backfill.

KEYS[1]  submission  infill:{backfills}:submission:<digest of the key>  hash, lapses
ARGV[1]  backfill    that the submission must name
ARGV[2]  planned     epoch ms
ARGV[3]  assets      JSON list
ARGV[4]  dynamic     JSON, or ""

Returns  {"mended"}
         {"changed"}   the submission has expired, or names another backfill; nothing was written
Keeps    the submission's expiry does not change
]]
local submission, backfill, planned, assets, dynamic = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call("HGET", submission, "backfill") ~= backfill then return { "changed" } end
redis.call("HSET", submission, "planned", planned, "assets", assets, "dynamic", dynamic)
return { "mended" }
