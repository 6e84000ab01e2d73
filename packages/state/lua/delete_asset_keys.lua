--[[
delete_asset_keys: deletes keys of an asset whose state is being given up.

KEYS[1]  meta        infill:{asset/<asset>}:meta   hash
KEYS[2…] keys        infill:{asset/<asset>}:…      at most 200
ARGV[1]  operation   the one that is under way

Returns  {"deleted", how many}
         {"outdated"}            that operation is not under way (any more); nothing was deleted
Keeps    what is written after an operation has ended is not deleted by a process that is late
]]
if redis.call("HGET", KEYS[1], "operation") ~= ARGV[1] then return { "outdated" } end
local deleted = 0
for at = 2, #KEYS do deleted = deleted + redis.call("UNLINK", KEYS[at]) end
return { "deleted", deleted }
