--[[
note_overrun: records an overrun: the claim's function was told to stop and has not returned. It keeps its permits until it
returns or its process is gone. It gets back permits that a review has taken.

KEYS[1]  overruns  infill:{permits}:overruns       hash, holder -> "<since, epoch ms> <JSON>"
KEYS[2]  holders   infill:{permits}:holders        sorted set, holder -> time of its next review (take_permits)
KEYS[3]  held      infill:{permits}:held           hash, holder -> its scopes
KEYS[4…] scopes    infill:{permits}:scope:<scope>  set of holders
ARGV[1]  holder
ARGV[2]  JSON      details to show to people
ARGV[3]  review    milliseconds until the next review
ARGV[4…] scopes    their names, in the order of the keys; none if nothing caps the claim

Returns  {"noted"}
Keeps    a holder is in its scopes' sets <=> `held` says so
]]
--- @include "now_ms"
local overruns, holders, held = KEYS[1], KEYS[2], KEYS[3]
local holder, json, review = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = now_ms()
redis.call("HSETNX", overruns, holder, string.format("%d ", now) .. json)
if #KEYS == 3 then return { "noted" } end
-- It may hold permits that its process does not know of: those of a cap that was set while it ran.
local names = { redis.call("HGET", held, holder) or nil }
for index = 4, #KEYS do
  if redis.call("SADD", KEYS[index], holder) == 1 then names[#names + 1] = ARGV[index] end
end
redis.call("HSET", held, holder, table.concat(names, " "))
redis.call("ZADD", holders, now + review, holder)
return { "noted" }
