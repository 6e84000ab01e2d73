--[[
reopen_partitions: takes back one outcome of partitions of one chunk, so that they run again.

KEYS[1]  ledger    infill:{asset/<asset>}:ledger:<backfill>                                     hash
KEYS[2]  settled   infill:{asset/<asset>}:ledger:<backfill>:settled:<lane>:<chunk>              bitmap
KEYS[3]  outcome   infill:{asset/<asset>}:ledger:<backfill>:failed|skipped|…:<lane>:<chunk>     bitmap
KEYS[4]  scratch   infill:{asset/<asset>}:ledger:<backfill>:scratch                             bitmap, gone when the call ends
KEYS[5]  dropped   infill:{asset/<asset>}:ledger:<backfill>:dropped:<lane>:<chunk>              bitmap
ARGV[1]  mask      bitmap of the partitions, at most 4,096 bytes; "" for none
ARGV[2]  word      the outcome, which is also the name of its counter

Returns  {"reopened", how many}   partitions of the mask with this outcome; others are left alone; 0 without a ledger
         {"sealed"}   the ledger must be unsealed first; nothing was written
Error    CHANGING where the asset is being reset, removed or renamed; nothing was written
Keeps    every counter equals its bits; each call adds to the field "reopened", so that settle_unstarted refuses a decision
         that was made before
]]
--- @include "under_change"
--- @include "counting"
--- @include "forget_dropped"
local ledger, settled, outcome, scratch = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local mask, word = ARGV[1], ARGV[2]
local changing = under_change(ledger)
if changing then return redis.error_reply("CHANGING " .. changing) end

if redis.call("EXISTS", ledger) == 0 then return { "reopened", 0 } end
if mask ~= "" and redis.call("HEXISTS", ledger, "sealed") == 1 then return { "sealed" } end
add_to(ledger, "reopened", 1)
redis.call("SET", scratch, mask)
redis.call("BITOP", "AND", scratch, scratch, outcome)
local count = redis.call("BITCOUNT", scratch)
if count > 0 then
  -- An outcome's bits are a subset of the settled bits, so XOR clears them in both.
  redis.call("BITOP", "XOR", settled, settled, scratch)
  redis.call("BITOP", "XOR", outcome, outcome, scratch)
  add_to(ledger, word, -count)
  if word == "canceled" then forget_dropped(KEYS[5], scratch) end
end
redis.call("DEL", scratch)
return { "reopened", count }
