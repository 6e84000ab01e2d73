--[[
restore_asset_keys: writes copies of an asset's keys under its new name. Replaces existing copies.

KEYS[1]   meta        infill:{asset/<new name>}:meta   hash
KEYS[2…]  keys        infill:{asset/<new name>}:…      at most 50
ARGV[1]   operation   the caller's operation
ARGV[2…]  for each key: its time to live in milliseconds, 0 for no expiry; the DUMP of the original

Returns  {"copied"}
         {"outdated"}   that operation is not under way; nothing was written
Keeps    a late process overwrites nothing that was written after the operation
]]
if redis.call("HGET", KEYS[1], "operation") ~= ARGV[1] then return { "outdated" } end
for at = 2, #KEYS do
  redis.call("RESTORE", KEYS[at], ARGV[2 * at - 2], ARGV[2 * at - 1], "REPLACE")
end
return { "copied" }
