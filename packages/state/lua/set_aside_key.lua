--[[
set_aside_key: renames a key of a type that nothing of its name can have, so that what reads the name finds nothing there.

KEYS[1]  key     any key of the namespace
KEYS[2]  kept    its name with "set_aside:<instant>:" behind the hash tag
ARGV[1]  days    how long it is kept
ARGV[2…] types   that the key may have

Returns  {"set_aside"}
         {"right"}       it has one of these types, or is gone; nothing was written
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
