--[[
copy_asset_fields: copies fields into a hash of an asset that is being renamed.

KEYS[1]  meta        infill:{asset/<asset>}:meta   hash
KEYS[2]  hash        infill:{asset/<asset>}:…      hash; it may be meta itself
ARGV[1]  operation   the caller's operation
ARGV[2…] fields      name and value, at most 1,000 of them

Returns  {"copied"}
         {"outdated"}   that operation is not under way; nothing was written
]]
if redis.call("HGET", KEYS[1], "operation") ~= ARGV[1] then return { "outdated" } end
redis.call("HSET", KEYS[2], unpack(ARGV, 2))
return { "copied" }
