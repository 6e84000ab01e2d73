--[[
drop_reservations: takes partitions without a running claim out of the window of a paused or canceled backfill. A paused
backfill keeps their claim entries, with attempts and deaths; a canceled one forgets them.

KEYS[1]  ledger    infill:{asset/<asset>}:ledger:<backfill>                          hash
KEYS[2]  claims    infill:{asset/<asset>}:claims                                     hash, <lane>:<ordinal> -> claim entry
KEYS[3]  queued    infill:{asset/<asset>}:ledger:<backfill>:queued:<lane>:<chunk>    bitmap
ARGV[1]  backfill
ARGV[2]  lane
ARGV[3…] ordinals of one chunk, at most 1,000

Returns  {"dropped", how many}
         {"running"}             the backfill may start partitions; nothing was written
Keeps    the counter equals the bits; a running claim of the backfill stays
]]
--- @include "claim_entry"
--- @include "counting"
local ledger, claims, queued = KEYS[1], KEYS[2], KEYS[3]
local backfill, lane = ARGV[1], ARGV[2]
local control = redis.call("HGET", ledger, "control")
if control == "running" then return { "running" } end
if redis.call("HEXISTS", ledger, "sealed") == 1 then return { "dropped", 0 } end
local dropped = 0
for index = 3, #ARGV do
  local field = lane .. ":" .. ARGV[index]
  local state, holder = claim_holder(redis.call("HGET", claims, field))
  if not (state == "R" and holder == backfill) then
    if control == "canceling" and state and holder == backfill then redis.call("HDEL", claims, field) end
    if redis.call("SETBIT", queued, ARGV[index] % 32768, 0) == 1 then dropped = dropped + 1 end
  end
end
if dropped > 0 then add_to(ledger, "queued", -dropped) end
return { "dropped", dropped }
