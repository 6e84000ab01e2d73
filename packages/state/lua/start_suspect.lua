--[[
start_suspect: records that the function of a suspect starts now.

KEYS[1]  claims     infill:{asset/<asset>}:claims   hash, <lane>:<ordinal> -> claim entry (claim_partitions)
ARGV[1]  session
ARGV[2]  claim      number
ARGV[3]  field      <lane>:<ordinal>

Returns  {"started"}   if the process dies from now on, this partition counts a death
         {"refused"}   the claim is no longer the newest; nothing was written
]]
--- @include "claim_entry"
--- @include "now_ms"
local claims = KEYS[1]
local session, claim, field = ARGV[1], ARGV[2], ARGV[3]
local entry = redis.call("HGET", claims, field)
local mine = "R " .. session .. " " .. claim .. " "
if not entry or string.sub(entry, 1, #mine) ~= mine then return { "refused" } end
local _, _, _, attempt, tally, _, backfill = read_claim(entry)
if not attempt then return { "refused" } end
local now = now_ms()
redis.call("HSET", claims, field, mine .. attempt .. " " .. tally .. " " .. now .. " " .. backfill)
return { "started" }
