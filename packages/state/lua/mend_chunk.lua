--[[
mend_chunk: repairs the planes of one chunk of a ledger. Changes nothing if they are consistent.

An outcome of a partition that is not selected is deleted. Of two outcomes of one partition, failed wins over skipped, and
skipped over canceled. A partition with an outcome is settled. A partition that is settled or not selected is not queued. A
dropped partition is canceled.

KEYS[1]  ledger     infill:{asset/<asset>}:ledger:<backfill>           hash
KEYS[2]  scratch    infill:{asset/<asset>}:ledger:<backfill>:scratch   bitmap, gone when the call ends; and <scratch>:taken
KEYS[3…] queued, settled, failed, skipped, canceled, dropped   infill:{asset/<asset>}:ledger:<backfill>:<plane>:<lane>:<chunk>   bitmaps
ARGV[1]  selected   bitmap of the chunk, at most 4,096 bytes

Returns  {"mended", how many bits changed}
         {"sealed"}   the ledger must be unsealed first; nothing was written
Keeps    each counter changes by as much as its bits; no counter counts dropped partitions
]]
--- @include "counting"
local ledger, scratch = KEYS[1], KEYS[2]
local queued, settled, failed, skipped, canceled = KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local dropped, selected = KEYS[8], ARGV[1]
local taken = scratch .. ":taken"

if redis.call("HEXISTS", ledger, "sealed") == 1 then return { "sealed" } end
local function counts()
  local f, s, c = redis.call("BITCOUNT", failed), redis.call("BITCOUNT", skipped), redis.call("BITCOUNT", canceled)
  return {
    queued = redis.call("BITCOUNT", queued),
    succeeded = redis.call("BITCOUNT", settled) - f - s - c,
    failed = f,
    skipped = s,
    canceled = c,
  }
end
local changed = 0
-- Clears the bits of a plane that `scratch` does not have (AND), or those that `taken` has (AND NOT).
local function keep(plane)
  if redis.call("EXISTS", plane) == 0 then return end
  local before = redis.call("BITCOUNT", plane)
  redis.call("BITOP", "AND", plane, plane, scratch)
  changed = changed + before - redis.call("BITCOUNT", plane)
end
local function take_out(plane)
  if redis.call("EXISTS", plane) == 0 then return end
  local before = redis.call("BITCOUNT", plane)
  redis.call("BITOP", "OR", plane, plane, taken)
  redis.call("BITOP", "XOR", plane, plane, taken)
  changed = changed + before - redis.call("BITCOUNT", plane)
end

local before = counts()
redis.call("SET", scratch, selected)
for _, plane in ipairs({ queued, settled, failed, skipped, canceled }) do keep(plane) end
redis.call("BITOP", "OR", taken, failed)
take_out(skipped)
redis.call("BITOP", "OR", taken, failed, skipped)
take_out(canceled)
redis.call("BITOP", "OR", taken, failed, skipped, canceled)
local were_settled = redis.call("BITCOUNT", settled)
redis.call("BITOP", "OR", settled, settled, taken)
changed = changed + redis.call("BITCOUNT", settled) - were_settled
redis.call("BITOP", "OR", taken, settled)
take_out(queued)
redis.call("DEL", scratch)
redis.call("BITOP", "OR", scratch, canceled)
keep(dropped)
if redis.call("BITCOUNT", dropped) == 0 then redis.call("DEL", dropped) end
redis.call("DEL", scratch, taken)
if changed > 0 then
  local after = counts()
  for name, count in pairs(after) do
    if count ~= before[name] then add_to(ledger, name, count - before[name]) end
  end
end
return { "mended", changed }
