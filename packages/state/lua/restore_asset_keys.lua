--[[
restore_asset_keys: writes copies of keys under the name that an asset is being given. A copy that stands is replaced.

KEYS[1]   meta        infill:{asset/<new name>}:meta   hash
KEYS[2…]  keys        infill:{asset/<new name>}:…      at most 50
ARGV[1]   operation   the one that is under way
ARGV[2…]  for each key: how long it lasts, in milliseconds, 0 for ever; what DUMP says of the one that is copied

Returns  {"copied"}
         {"outdated"}   that operation is not under way (any more); nothing was written
Keeps    a process that is late writes nothing over what came afterwards
]]
if redis.call("HGET", KEYS[1], "operation") ~= ARGV[1] then return { "outdated" } end
for at = 2, #KEYS do
  redis.call("RESTORE", KEYS[at], ARGV[2 * at - 2], ARGV[2 * at - 1], "REPLACE")
end
return { "copied" }
