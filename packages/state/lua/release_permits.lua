--[[
release_permits: returns the permits of claims that have ended. Call it after the claim's settlement or release.

KEYS[1]  holders   infill:{permits}:holders   sorted set, holder -> time of its next review (take_permits)
KEYS[2]  held      infill:{permits}:held      hash, holder -> its scopes
ARGV[1]  root      infill:{permits}
ARGV[2…] holders   at most 512

Returns  {"released", how many held permits}
Keeps    a holder is in its scopes' sets <=> `held` says so
]]
--- @include "drop_permits"
local holders, held = KEYS[1], KEYS[2]
local released = 0
for index = 2, #ARGV do released = released + drop_permits(ARGV[1], holders, held, ARGV[index]) end
return { "released", released }
