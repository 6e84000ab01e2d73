--[[
mend_reservations: takes partitions whose jobs are lost out of a backfill's window, so that the planner reserves them again.

KEYS[1]  ledger    infill:{asset/<asset>}:ledger:<backfill>                          hash
KEYS[2]  claims    infill:{asset/<asset>}:claims                                     hash, <lane>:<ordinal> -> claim entry
KEYS[3]  queued    infill:{asset/<asset>}:ledger:<backfill>:queued:<lane>:<chunk>    bitmap
ARGV[1]  lane
ARGV[2…] ordinals of one chunk, at most 1,000

Returns  {"returned", how many}   a partition with a running claim, of any backfill, stays
Keeps    the counter equals the bits
]]
--- @include "counting"
local ledger, claims, queued = KEYS[1], KEYS[2], KEYS[3]
local lane = ARGV[1]
local returned = 0
for index = 2, #ARGV do
  local entry = redis.call("HGET", claims, lane .. ":" .. ARGV[index]) or ""
  local offset = ARGV[index] % 32768
  if string.sub(entry, 1, 2) ~= "R " and redis.call("GETBIT", queued, offset) == 1 then
    redis.call("SETBIT", queued, offset, 0)
    returned = returned + 1
  end
end
if returned > 0 then add_to(ledger, "queued", -returned) end
return { "returned", returned }
