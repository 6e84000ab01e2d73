--[[
register_keys: gives an ordinal to each static key that has none, in the order of the arguments.

KEYS[1]  registry   infill:{asset/<asset>}:registry:<dimension>   hash, key -> ordinal
ARGV     keys       at most 1,000

Returns  an ordinal for each key, in order
Error    CHANGING where the asset is being reset, removed or renamed; nothing was written
Error    UNREADABLE if the ordinal of one of the keys is no integer of at most 9 digits: nobody could tell which state is whose; nothing was
         written
Keeps    a key's ordinal never changes and is never reused; a key that left the definition keeps its own
]]
--- @include "under_change"
local registry = KEYS[1]
local ordinals = redis.call("HMGET", registry, unpack(ARGV))
local changing = under_change(registry)
if changing then return redis.error_reply("CHANGING " .. changing) end
local following = redis.call("HLEN", registry)
for index, key in ipairs(ARGV) do
  if ordinals[index] and (#ordinals[index] > 9 or not string.match(ordinals[index], "^%d+$")) then
    return redis.error_reply("UNREADABLE the ordinal of \"" .. key .. "\" is no whole number of at most 9 digits")
  end
end
for index, key in ipairs(ARGV) do
  if not ordinals[index] then
    redis.call("HSET", registry, key, following)
    ordinals[index] = following
    following = following + 1
  else
    ordinals[index] = tonumber(ordinals[index])
  end
end
return ordinals
