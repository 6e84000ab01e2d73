--[[
open_ledger: records which partitions of one asset a backfill selects. Many rows take several calls.

KEYS[1]  meta       infill:{asset/<asset>}:meta                        hash
KEYS[2]  numbers    infill:{asset/<asset>}:backfills                   hash, number -> backfill id
KEYS[3]  ledger     infill:{asset/<asset>}:ledger:<backfill>           hash
KEYS[4]  selected   infill:{asset/<asset>}:ledger:<backfill>:selected  hash, row -> lanes and encoded ordinals
KEYS[5]  staged     infill:{asset/<asset>}:ledger:<backfill>:staged:<submitter>   the same while more rows follow; lapses
ARGV[1]  epoch      of the asset, as registered
ARGV[2]  backfill   id
ARGV[3]  selected   how many partitions all rows hold together; "" while more rows follow
ARGV[4]  overlap    "share" or "rerun": what to do with a partition that another backfill is running
ARGV[5…] rows       first row's number, then the rows

Returns  {"opened"}         this call created the ledger, with these rows
         {"stands"}         the ledger existed already; nothing was written
         {"more"}           the rows are staged until the last call
         {"unregistered"}   the asset has another epoch; nothing was written
Keeps    an existing ledger is never overwritten, and holds the rows of one submitter only
]]
--- @include "ledger_number"
local meta, numbers, ledger, selected, staged = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local epoch, backfill, count, overlap = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

if redis.call("HGET", meta, "epoch") ~= epoch then return { "unregistered" } end
if redis.call("EXISTS", ledger) == 1 then
  redis.call("UNLINK", staged)
  return { "stands" }
end
local row = tonumber(ARGV[5])
for index = 6, #ARGV do
  redis.call("HSET", staged, row, ARGV[index])
  row = row + 1
end
if count == "" then
  redis.call("PEXPIRE", staged, 3600000)
  return { "more" }
end
if redis.call("EXISTS", staged) == 1 then
  redis.call("PERSIST", staged)
  redis.call("RENAME", staged, selected)
end
local number = next_ledger_number(meta, numbers)
redis.call("HSET", numbers, number, backfill)
redis.call("HSET", ledger, "number", number, "control", "running", "overlap", overlap, "selected", count,
  "queued", 0, "in_progress", 0, "succeeded", 0, "failed", 0, "skipped", 0)
return { "opened" }
