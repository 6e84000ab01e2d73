--[[
remove_ledger: removes keys of a ledger whose submission never finished, and its scratch and staged keys. A ledger with
running claims stays.

KEYS[1]  ledger   infill:{asset/<asset>}:ledger:<backfill>   hash
KEYS[2…] keys     of it, at most 1,000; the ledger's own hash comes last

Returns  {"removed", how many keys}
         {"running"}   nothing was removed
Error    CHANGING where the asset is being reset, removed or renamed; nothing was written
]]
--- @include "under_change"
local ledger = KEYS[1]
local changing = under_change(ledger)
if changing then return redis.error_reply("CHANGING " .. changing) end
if (tonumber(redis.call("HGET", ledger, "in_progress") or 0) or 0) > 0 then return { "running" } end
redis.call("HDEL", ledger, "sealed")
local removed = 0
for index = 2, #KEYS do removed = removed + redis.call("UNLINK", KEYS[index]) end
return { "removed", removed }
