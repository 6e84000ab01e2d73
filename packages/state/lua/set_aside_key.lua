--[[
set_aside_key: renames a key of a wrong type, so that readers find no key of that name instead.

KEYS[1]  key     any key of the namespace
KEYS[2]  kept    the key's name with "set_aside:<instant>:" after the hash tag
ARGV[1]  days    how long to keep it
ARGV[2…] types   the right types of the key

Returns  {"set_aside"}
         {"right"}       the key has one of these types or does not exist; nothing was written
]]
local key, kept, days = KEYS[1], KEYS[2], tonumber(ARGV[1])
local kind = redis.call("TYPE", key).ok
if kind == "none" then return { "right" } end
for at = 2, #ARGV do
  if ARGV[at] == kind then return { "right" } end
end
redis.call("RENAME", key, kept)
redis.call("PEXPIRE", kept, days * 86400000)
return { "set_aside" }
