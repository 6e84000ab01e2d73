--[[
unseal_ledger: restores the bit-planes of a sealed ledger, before outcomes are taken back or partitions are added.

KEYS[1]  ledger     infill:{asset/<asset>}:ledger:<backfill>                           hash
KEYS[2]  selected   infill:{asset/<asset>}:ledger:<backfill>:selected                  hash, row -> lanes and encoded ordinals
KEYS[3…] planes     infill:{asset/<asset>}:ledger:<backfill>:<plane>:<lane>:<chunk>    bitmaps
ARGV[1]  sealed     the field as the caller read it (seal_ledger)
ARGV[2]  rows       how many rows of the selection the caller read
ARGV[3…] contents   of each bitmap, "" for none; at most 4 MiB together

Returns  {"unsealed"}   now
         {"changed"}    it is not sealed, or the field has changed since the caller read it; nothing was written
Error    CHANGING where the asset is being reset, removed or renamed; nothing was written
Keeps    as seal_ledger
]]
--- @include "under_change"
local ledger, selected, sealed, rows = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
local changing = under_change(ledger)
if changing then return redis.error_reply("CHANGING " .. changing) end
local row = redis.call("HGET", ledger, "row")
local stands = redis.call("HLEN", selected) + (row and 1 or 0)
if redis.call("HGET", ledger, "sealed") ~= sealed or stands ~= rows then return { "changed" } end
for index = 3, #KEYS do
  if ARGV[index] == "" then redis.call("UNLINK", KEYS[index]) else redis.call("SET", KEYS[index], ARGV[index]) end
end
if row then redis.call("HSETNX", selected, 0, row) end
redis.call("HDEL", ledger, "sealed", "row")
return { "unsealed" }
