--[[
judge_lapse: records that the last lapse of a claimed partition was no death, because the process that lost it lives.

KEYS[1]  claims     infill:{asset/<asset>}:claims   hash, <lane>:<ordinal> -> claim entry (claim_partitions)
ARGV[1]  session
ARGV[2]  claim      number, of a claim that has not started yet
ARGV[3]  field      <lane>:<ordinal>
ARGV[4]  deaths     as the claim's answer gave them; after an earlier judgment the entry has fewer

Returns  {"judged"}    this call or an earlier one turned one death into a lapse
         {"refused"}   the claim is no longer the newest; nothing was written
]]
--- @include "claim_entry"
--- @include "tally"
local claims = KEYS[1]
local session, claim, field, told = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local entry = redis.call("HGET", claims, field)
local mine = "R " .. session .. " " .. claim .. " "
local _, _, _, attempt, tally, started, backfill = read_claim(entry or "")
if not attempt or string.sub(entry, 1, #mine) ~= mine then return { "refused" } end
local deaths, lapses, free = read_tally(tally)
if deaths == told then
  redis.call("HSET", claims, field, mine .. attempt .. " " .. tally_text(deaths - 1, lapses + 1, free) .. " " .. started .. " " .. backfill)
end
return { "judged" }
