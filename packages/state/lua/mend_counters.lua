--[[
mend_counters: sets counters of a ledger to the counts of their bits or claims. Sets a counter only if it is unchanged since
the count: a transition changes counter and bits by the same amount, so an unchanged counter means an unchanged count.

KEYS[1]  ledger    infill:{asset/<asset>}:ledger:<backfill>   hash
ARGV     for each counter: its field, its value at the count ("" if absent), its new value

Returns  {"mended", how many}
]]
local ledger = KEYS[1]
local mended = 0
if redis.call("EXISTS", ledger) == 1 then
  for at = 1, #ARGV, 3 do
    local field, was, right = ARGV[at], ARGV[at + 1], ARGV[at + 2]
    if (redis.call("HGET", ledger, field) or "") == was then
      redis.call("HSET", ledger, field, right)
      mended = mended + 1
    end
  end
end
return { "mended", mended }
