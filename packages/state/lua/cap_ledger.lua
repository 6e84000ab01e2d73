--[[
cap_ledger: records whether claims of one asset for a backfill need a permit of the backfill. Every claim reads it.

KEYS[1]  ledger   infill:{asset/<asset>}:ledger:<backfill>   hash
ARGV[1]  capped   "1" or "0"

Returns  {"capped"}    claims need permits from now on
         {"free"}      they do not
         {"unknown"}   there is no such ledger; nothing was written
]]
local ledger, capped = KEYS[1], ARGV[1]
if redis.call("EXISTS", ledger) == 0 then return { "unknown" } end
if capped == "1" then
  redis.call("HSET", ledger, "capped", "1")
  return { "capped" }
end
redis.call("HDEL", ledger, "capped")
return { "free" }
