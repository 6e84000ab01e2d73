--[[
open_ledger: records which partitions of one asset a backfill selects, in as many calls as their rows need.

KEYS[1]  meta       infill:{asset/<asset>}:meta                        hash
KEYS[2]  numbers    infill:{asset/<asset>}:backfills                   hash, number -> backfill id
KEYS[3]  ledger     infill:{asset/<asset>}:ledger:<backfill>           hash
KEYS[4]  selected   infill:{asset/<asset>}:ledger:<backfill>:selected  hash, row -> lanes and encoded ordinals
ARGV[1]  epoch      of the asset, as registered
ARGV[2]  backfill   id
ARGV[3]  selected   how many partitions all rows hold together; "" while more rows follow
ARGV[4]  overlap    "share" or "rerun": what becomes of a partition that another backfill runs just then
ARGV[5…] rows       first row's number, then the rows

Returns  {"opened"}         the ledger stands (now, or since an earlier call)
         {"more"}           rows were kept, the last call is awaited
         {"unregistered"}   the asset has another epoch; nothing was written
Keeps    a ledger that stands is not written again
]]
local meta, numbers, ledger, selected = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local epoch, backfill, count, overlap = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

if redis.call("HGET", meta, "epoch") ~= epoch then return { "unregistered" } end
if redis.call("EXISTS", ledger) == 1 then return { "opened" } end
local row = tonumber(ARGV[5])
for index = 6, #ARGV do
  redis.call("HSET", selected, row, ARGV[index])
  row = row + 1
end
if count == "" then return { "more" } end
local number = redis.call("HINCRBY", meta, "backfills", 1)
redis.call("HSET", numbers, number, backfill)
redis.call("HSET", ledger, "number", number, "control", "running", "overlap", overlap, "selected", count,
  "queued", 0, "in_progress", 0, "succeeded", 0, "failed", 0, "skipped", 0)
return { "opened" }
