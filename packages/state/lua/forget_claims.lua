--[[
forget_claims: removes the waiting and lapsed claim entries of a backfill that has ended.

KEYS[1]  claims     infill:{asset/<asset>}:claims   hash, <lane>:<ordinal> -> claim entry (claim_partitions)
ARGV[1]  backfill
ARGV[2]  cursor     "0" to begin

Returns  {"forgot", next cursor, how many by this call}   cursor "0": the scan is complete
Keeps    running claims stay
]]
--- @include "claim_entry"
local claims = KEYS[1]
local backfill, cursor = ARGV[1], ARGV[2]
local page = redis.call("HSCAN", claims, cursor, "COUNT", 256)
local forgotten = 0
for index = 1, #page[2], 2 do
  local state, holder = claim_holder(page[2][index + 1])
  if state ~= "R" and holder == backfill then forgotten = forgotten + redis.call("HDEL", claims, page[2][index]) end
end
return { "forgot", page[1], forgotten }
