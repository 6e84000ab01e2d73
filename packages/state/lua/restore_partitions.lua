--[[
restore_partitions: puts canceled partitions of one chunk back into a running backfill.

KEYS[1]  ledger        infill:{asset/<asset>}:ledger:<backfill>                          hash
KEYS[2]  settled       infill:{asset/<asset>}:ledger:<backfill>:settled:<lane>:<chunk>   bitmap
KEYS[3]  canceled      infill:{asset/<asset>}:ledger:<backfill>:canceled:<lane>:<chunk>  bitmap
KEYS[4]  scratch       infill:{asset/<asset>}:ledger:<backfill>:scratch                  bitmap, gone when the call ends
KEYS[5]  settlements   infill:{asset/<asset>}:settlements                                stream
KEYS[6]  meta          infill:{asset/<asset>}:meta                                       hash
KEYS[7]  dropped       infill:{asset/<asset>}:ledger:<backfill>:dropped:<lane>:<chunk>   bitmap
ARGV[1]  backfill
ARGV[2]  lane
ARGV[3]  chunk
ARGV[4]  mask          bitmap of the partitions, at most 4,096 bytes

Returns  {"restored", how many}   partitions that were not canceled are left alone
         {"sealed"}   the ledger must be unsealed first; nothing was written
Error    CHANGING where the asset is being reset, removed or renamed; nothing was written
Keeps    every counter equals its bits
Emits    one entry as settle_partitions does, outcome c (the selection has changed): "<backfill> <lane> c <chunk>;"
]]
--- @include "tell_settlements"
--- @include "under_change"
--- @include "counting"
--- @include "forget_dropped"
local ledger, settled, canceled, scratch, settlements, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local backfill, lane, chunk, mask = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local changing = under_change(ledger)
if changing then return redis.error_reply("CHANGING " .. changing) end

if redis.call("HEXISTS", ledger, "sealed") == 1 then return { "sealed" } end
redis.call("SET", scratch, mask)
redis.call("BITOP", "AND", scratch, scratch, canceled)
local count = redis.call("BITCOUNT", scratch)
if count > 0 then
  -- Canceled is a subset of settled, so XOR clears the partitions in both.
  redis.call("BITOP", "XOR", settled, settled, scratch)
  redis.call("BITOP", "XOR", canceled, canceled, scratch)
  add_to(ledger, "canceled", -count)
  forget_dropped(KEYS[7], scratch)
  tell_settlements(meta, settlements, backfill .. " " .. lane .. " c " .. chunk .. ";")
end
redis.call("DEL", scratch)
return { "restored", count }
