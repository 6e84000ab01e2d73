--[[
review_permits: writes what a look at the claims of some holders found. Claims lie in another slot, so the look comes
first; a holder that has asked for permits since then is left alone.

KEYS[1]  holders   infill:{permits}:holders   sorted set, holder -> when its claim is looked at next (take_permits)
KEYS[2]  held      infill:{permits}:held      hash, holder -> its scopes
ARGV[1]  root      infill:{permits}
ARGV[2]  review    milliseconds until the next look at those that run
ARGV[3…] for each holder: holder, the score that it had before the look, "ended" or "running"; at most 512 holders

Returns  {"reviewed", how many lost their permits}
Keeps    a holder is in its scopes' sets <=> `held` says so
]]
--- @include "now_ms"
--- @include "drop_permits"
local holders, held = KEYS[1], KEYS[2]
local root, review = ARGV[1], tonumber(ARGV[2])
local now = now_ms()
local dropped = 0
for at = 3, #ARGV, 3 do
  local holder, score, verdict = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if redis.call("ZSCORE", holders, holder) == score then
    if verdict == "running" then
      redis.call("ZADD", holders, now + review, holder)
    else
      dropped = dropped + drop_permits(root, holders, held, holder)
    end
  end
end
return { "reviewed", dropped }
