--[[
cancel_partitions: cancels partitions of one chunk in a running backfill. A partition with a running claim settles as usual.

KEYS[1]  ledger        infill:{asset/<asset>}:ledger:<backfill>                          hash
KEYS[2]  settled       infill:{asset/<asset>}:ledger:<backfill>:settled:<lane>:<chunk>   bitmap
KEYS[3]  canceled      infill:{asset/<asset>}:ledger:<backfill>:canceled:<lane>:<chunk>  bitmap
KEYS[4]  queued        infill:{asset/<asset>}:ledger:<backfill>:queued:<lane>:<chunk>    bitmap
KEYS[5]  scratch       infill:{asset/<asset>}:ledger:<backfill>:scratch                  bitmap, gone when the call ends; and <scratch>:taken
KEYS[6]  claims        infill:{asset/<asset>}:claims                                     hash, <lane>:<ordinal> -> claim entry
KEYS[7]  settlements   infill:{asset/<asset>}:settlements                                stream
KEYS[8]  meta          infill:{asset/<asset>}:meta                                       hash
KEYS[9]  dropped       infill:{asset/<asset>}:ledger:<backfill>:dropped:<lane>:<chunk>   bitmap
ARGV[1]  backfill
ARGV[2]  lane
ARGV[3]  chunk
ARGV[4]  mask          bitmap of the partitions, at most 4,096 bytes, all of them selected
ARGV[5]  by hand       "1" if a user dropped them, so that a retry leaves them out; "" if the whole backfill was canceled

Returns  {"canceled", how many, how many run}   those that have settled are left alone
Error    CHANGING where the asset is being reset, removed or renamed; nothing was written
Keeps    every counter equals its bits; dropped is a subset of canceled; a running claim of the backfill stays
Emits    one entry as settle_partitions does, outcome c (the selection has changed): "<backfill> <lane> c <chunk>;"
]]
--- @include "claim_entry"
--- @include "tell_settlements"
--- @include "under_change"
--- @include "counting"
local ledger, settled, canceled, queued, scratch = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local claims, settlements, meta = KEYS[6], KEYS[7], KEYS[8]
local backfill, lane, chunk, mask = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local changing = under_change(ledger)
if changing then return redis.error_reply("CHANGING " .. changing) end

-- Every partition of a sealed ledger has settled.
if redis.call("HEXISTS", ledger, "sealed") == 1 then return { "canceled", 0, 0 } end
-- mask AND NOT settled, as (mask OR settled) XOR settled
redis.call("SET", scratch, mask)
redis.call("BITOP", "OR", scratch, scratch, settled)
redis.call("BITOP", "XOR", scratch, scratch, settled)
local taken = scratch .. ":taken"
redis.call("BITOP", "AND", taken, scratch, queued)
local bytes = redis.call("GET", taken) or ""
local running, dropped = 0, 0
for at = 1, #bytes do
  local byte = string.byte(bytes, at)
  for bit = 0, byte == 0 and -1 or 7 do
    if math.floor(byte / 2 ^ (7 - bit)) % 2 == 1 then
      local offset = (at - 1) * 8 + bit
      local field = lane .. ":" .. string.format("%d", chunk * 32768 + offset)
      local state, holder = claim_holder(redis.call("HGET", claims, field))
      if state == "R" and holder == backfill then
        redis.call("SETBIT", scratch, offset, 0)
        running = running + 1
      else
        if holder == backfill then redis.call("HDEL", claims, field) end
        redis.call("SETBIT", queued, offset, 0)
        dropped = dropped + 1
      end
    end
  end
end
local count = redis.call("BITCOUNT", scratch)
if count > 0 then
  redis.call("BITOP", "OR", settled, settled, scratch)
  redis.call("BITOP", "OR", canceled, canceled, scratch)
  if ARGV[5] == "1" then redis.call("BITOP", "OR", KEYS[9], KEYS[9], scratch) end
  add_to(ledger, "canceled", count)
  if dropped > 0 then add_to(ledger, "queued", -dropped) end
  tell_settlements(meta, settlements, backfill .. " " .. lane .. " c " .. chunk .. ";")
end
redis.call("DEL", scratch, taken)
return { "canceled", count, running }
