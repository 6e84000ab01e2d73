--[[
mend_ledger: restores lost parts of a ledger: its hash, single fields, its number, rows of its selection. Existing parts
stay. Rows may take several calls; the last one gives the count.

KEYS[1]  meta       infill:{asset/<asset>}:meta                        hash
KEYS[2]  numbers    infill:{asset/<asset>}:backfills                   hash, number -> backfill id
KEYS[3]  ledger     infill:{asset/<asset>}:ledger:<backfill>           hash
KEYS[4]  selected   infill:{asset/<asset>}:ledger:<backfill>:selected  hash, row -> lanes and encoded ordinals
ARGV[1]  backfill   id
ARGV[2]  number     the asset's number for the backfill, "" if it has none
ARGV[3]  control    written if the ledger has none
ARGV[4]  selected   how many partitions all rows hold together; "" while more rows follow
ARGV[5]  overlap    written if the ledger has none (open_ledger)
ARGV[6…] rows       first row's number, then the rows to add to the existing ones; none unless rows were lost

Returns  {"mended"}   or, while more rows follow, {"more"}
Keeps    a number belongs to one backfill for good; no later backfill gets a number that records may hold
]]
--- @include "ledger_number"
local meta, numbers, ledger, selected = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local backfill, number, control, count, overlap = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local row = tonumber(ARGV[6])
for index = 7, #ARGV do
  redis.call("HSET", selected, row, ARGV[index])
  row = row + 1
end
if count == "" then return { "more" } end
local known = redis.call("HGET", ledger, "number")
if not known or not string.match(known, "^%d+$") then
  known = number ~= "" and number or next_ledger_number(meta, numbers)
  redis.call("HSET", ledger, "number", known)
end
redis.call("HSETNX", numbers, known, backfill)
if tonumber(known) > (tonumber(redis.call("HGET", meta, "backfills") or 0) or 0) then
  redis.call("HSET", meta, "backfills", known)
end
redis.call("HSETNX", ledger, "control", control)
redis.call("HSETNX", ledger, "overlap", overlap)
redis.call("HSET", ledger, "selected", count)
for _, field in ipairs({ "queued", "in_progress", "succeeded", "failed", "skipped" }) do
  redis.call("HSETNX", ledger, field, 0)
end
return { "mended" }
