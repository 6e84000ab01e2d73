--[[
extend_ledger: adds rows to a running backfill's selection of one asset, if no other call has added some meanwhile.

KEYS[1]  ledger        infill:{asset/<asset>}:ledger:<backfill>           hash
KEYS[2]  selected      infill:{asset/<asset>}:ledger:<backfill>:selected  hash, row -> lanes and encoded ordinals
KEYS[3]  settlements   infill:{asset/<asset>}:settlements                 stream
KEYS[4]  meta          infill:{asset/<asset>}:meta                        hash
ARGV[1]  backfill
ARGV[2]  known         how many rows the caller read
ARGV[3]  added         how many partitions the new rows hold; none of them may be selected already
ARGV[4…] rows          at most 64

Returns  {"extended"}
         {"outdated"}   the ledger has more rows than the caller read; nothing was written
         {"unknown"}    there is no such ledger; nothing was written
         {"sealed"}     the ledger must be unsealed first; nothing was written
Error    CHANGING where the asset is being reset, removed or renamed; nothing was written
Keeps    the counter equals what the rows hold
Emits    one entry as settle_partitions does, outcome c (the selection has changed): "<backfill>  c 0;"
]]
--- @include "tell_settlements"
--- @include "under_change"
--- @include "counting"
local ledger, selected, settlements, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local backfill, known, added = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local changing = under_change(ledger)
if changing then return redis.error_reply("CHANGING " .. changing) end

if redis.call("EXISTS", ledger) == 0 then return { "unknown" } end
if redis.call("HEXISTS", ledger, "sealed") == 1 then return { "sealed" } end
if redis.call("HLEN", selected) ~= known then return { "outdated" } end
for index = 4, #ARGV do redis.call("HSET", selected, known + index - 4, ARGV[index]) end
add_to(ledger, "selected", added)
tell_settlements(meta, settlements, backfill .. "  c 0;")
return { "extended" }
