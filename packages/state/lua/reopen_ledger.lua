--[[
reopen_ledger: takes back what failed or was skipped on one chunk, so that it runs again.

KEYS[1]  ledger     infill:{asset/<asset>}:ledger:<backfill>                                hash
KEYS[2…] settled, failed, skipped   infill:{asset/<asset>}:ledger:<backfill>:<plane>:<lane>:<chunk>   bitmaps

Returns  {"reopened", how many}
Keeps    every counter equals its bits; what succeeded stays settled; each call counts in "reopened", so that
         settle_unstarted refuses what somebody decided by what stood before
]]
local ledger, settled, failed, skipped = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

redis.call("HINCRBY", ledger, "reopened", 1)
local failures, skips = redis.call("BITCOUNT", failed), redis.call("BITCOUNT", skipped)
if failures + skips > 0 then
  -- failed and skipped are subsets of settled, so XOR takes them out
  redis.call("BITOP", "XOR", settled, settled, failed, skipped)
  redis.call("DEL", failed, skipped)
  -- Lua prints minus nothing as "-0", which Redis does not take.
  if failures > 0 then redis.call("HINCRBY", ledger, "failed", -failures) end
  if skips > 0 then redis.call("HINCRBY", ledger, "skipped", -skips) end
end
return { "reopened", failures + skips }
