--[[
review_permits: applies the result of a review: whether the claims of some holders still run. Claims lie in another slot, so
the caller reads them first. A holder that has asked for permits since then is left alone.

KEYS[1]  holders   infill:{permits}:holders   sorted set, holder -> time of its next review (take_permits)
KEYS[2]  held      infill:{permits}:held      hash, holder -> its scopes
ARGV[1]  root      infill:{permits}
ARGV[2]  review    milliseconds until the next review of those that run
ARGV[3…] for each holder: holder, its score before the review, "ended" or "running"; at most 512 holders

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
