--[[
seal_ledger: replaces the bit-planes of a completely settled ledger by one field of its hash, if the ledger has not changed
since the caller read it.

KEYS[1]  ledger     infill:{asset/<asset>}:ledger:<backfill>                           hash
KEYS[2]  selected   infill:{asset/<asset>}:ledger:<backfill>:selected                  hash, row -> lanes and encoded ordinals
KEYS[3…] planes     infill:{asset/<asset>}:ledger:<backfill>:<plane>:<lane>:<chunk>    bitmaps, at most 6,144
ARGV[1]  sealed     the field's text: the outcomes other than succeeded (sealedLedger.ts)
ARGV[2]  rows       how many rows of the selection the caller read
ARGV[3…] contents   of each bitmap as the caller read it, "" for none; at most 4 MiB together

Returns  {"sealed"}      now
         {"changed"}     the ledger, its rows or a bitmap have changed since the caller read them; nothing was written
         {"unsettled"}   a selected partition has not settled, is queued or runs; nothing was written
         {"stands"}      the ledger is sealed already; nothing was written
Error    CHANGING where the asset is being reset, removed or renamed; nothing was written
Keeps    a sealed ledger keeps a selection of one short row in its field "row"
         the field "sealed" exists <=> every selected partition has settled, none is queued, and there are no bitmaps;
         whatever reads a plane must read this field in the same transaction
]]
--- @include "under_change"
local ledger, selected, sealed, rows = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
local changing = under_change(ledger)
if changing then return redis.error_reply("CHANGING " .. changing) end
-- A key of its own costs more memory than a short row.
local short_row = 60
if redis.call("HEXISTS", ledger, "sealed") == 1 then return { "stands" } end
local counts = redis.call("HMGET", ledger, "selected", "queued", "in_progress", "succeeded", "failed", "skipped", "canceled")
if not counts[1] or redis.call("HLEN", selected) ~= rows then return { "changed" } end
for index = 1, 7 do counts[index] = tonumber(counts[index] or 0) or -1 end
local settled = counts[4] + counts[5] + counts[6] + counts[7]
if settled ~= counts[1] or counts[2] ~= 0 or counts[3] ~= 0 then return { "unsettled" } end
for index = 3, #KEYS do
  if (redis.call("GET", KEYS[index]) or "") ~= ARGV[index] then return { "changed" } end
end
redis.call("HSET", ledger, "sealed", sealed)
local row = rows == 1 and redis.call("HVALS", selected)[1]
if row and #row <= short_row then
  redis.call("HSET", ledger, "row", row)
  redis.call("UNLINK", selected)
end
for index = 3, #KEYS do redis.call("UNLINK", KEYS[index]) end
return { "sealed" }
