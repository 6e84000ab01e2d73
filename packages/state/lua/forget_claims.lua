--[[
forget_claims: removes what a backfill left behind of claims that do not run: entries that waited for a next attempt, or
lapsed. For a backfill that has ended.

KEYS[1]  claims     infill:{asset/<asset>}:claims   hash, <lane>:<ordinal> -> claim entry (claim_partitions)
ARGV[1]  backfill
ARGV[2]  cursor     "0" to begin

Returns  {"forgot", next cursor, how many by this call}   cursor "0": all is done
Keeps    running claims
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
