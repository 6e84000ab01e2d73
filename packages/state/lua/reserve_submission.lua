--[[
reserve_submission: binds an idempotency key to the first submission that uses it.

KEYS[1]  submission  infill:{backfills}:submission:<digest of the key>  hash, lapses
ARGV[1]  digest      of the request
ARGV[2]  backfill    id of the backfill to create
ARGV[3]  planned     epoch ms of the plan's moment
ARGV[4]  assets      JSON list: the assets that get a ledger
ARGV[5]  dynamic     JSON: revisions of dynamic keys at that moment; "" if nothing is dynamic
ARGV[6]  keep        milliseconds until the key may be used for another request

Returns  {"reserved", backfill, planned, assets, dynamic}   now, or the values of an earlier call for an equal request
         {"unreadable"}                            a field of the submission is lost; nothing was written
         {"conflict", backfill}                    the key belongs to another request; nothing was written
Keeps    a key belongs to one backfill until it expires
]]
local submission = KEYS[1]
local digest, backfill, planned, assets, dynamic, keep = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

if redis.call("EXISTS", submission) == 0 then
  redis.call("HSET", submission, "version", 1, "digest", digest, "backfill", backfill, "planned", planned, "assets", assets,
    "dynamic", dynamic)
  redis.call("PEXPIRE", submission, keep)
end
local known = redis.call("HMGET", submission, "digest", "backfill", "planned", "assets", "dynamic")
if not (known[1] and known[2] and known[3] and known[4]) then return { "unreadable" } end
if known[1] ~= digest then return { "conflict", known[2] } end
return { "reserved", known[2], known[3], known[4], known[5] or "" }
