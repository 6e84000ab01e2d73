--[[
install_asset_keys: moves keys that were prepared for a new definition of an asset into place.

KEYS[1]  meta        infill:{asset/<asset>}:meta   hash
KEYS[2…] for each key, at most 100: infill:{asset/<asset>}:next:…, and infill:{asset/<asset>}:…
ARGV[1]  operation   the caller's operation

Returns  {"installed"}
         {"outdated"}   that operation is not under way; nothing was written
]]
if redis.call("HGET", KEYS[1], "operation") ~= ARGV[1] then return { "outdated" } end
for at = 2, #KEYS, 2 do
  if redis.call("EXISTS", KEYS[at]) == 1 then redis.call("RENAME", KEYS[at], KEYS[at + 1]) end
end
return { "installed" }
