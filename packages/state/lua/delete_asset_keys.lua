--[[
delete_asset_keys: deletes keys of an asset under a reset, remove, rename or migration.

KEYS[1]  meta        infill:{asset/<asset>}:meta   hash
KEYS[2…] keys        infill:{asset/<asset>}:…      at most 200
ARGV[1]  operation   the caller's operation

Returns  {"deleted", how many}
         {"outdated"}            that operation is not under way; nothing was deleted
Keeps    a late process deletes nothing that was written after the operation ended
]]
if redis.call("HGET", KEYS[1], "operation") ~= ARGV[1] then return { "outdated" } end
local deleted = 0
for at = 2, #KEYS do deleted = deleted + redis.call("UNLINK", KEYS[at]) end
return { "deleted", deleted }
