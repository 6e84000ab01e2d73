--[[
mend_counters: sets counters of a ledger to what their bits or claims count, each only if it still is what it was when
these were counted. A transition changes counter and bits by the same amount, so that then the count holds still.

KEYS[1]  ledger    infill:{asset/<asset>}:ledger:<backfill>   hash
ARGV     for each counter: its field, what it was ("" for absent), what it has to be

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
