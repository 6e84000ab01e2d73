--[[
carry_partitions: writes the state of some partitions to their places under a new definition of their asset.

KEYS[1]  meta           infill:{asset/<asset>}:meta                                       hash
KEYS[2]  materialized   infill:{asset/<asset>}:next:plane:<lane>:materialized:<chunk>     bitmap
KEYS[3]  failed         infill:{asset/<asset>}:next:plane:<lane>:failed:<chunk>           bitmap
KEYS[4]  records        infill:{asset/<asset>}:next:records:<lane>:<page>                 string
KEYS[5…] errors, metadata, attempts   infill:{asset/<asset>}:next:errors|metadata|attempts:<lane>:<page>   hashes
ARGV[1]  operation      the one that is under way
ARGV[2]  first bit      of the page within the chunk
ARGV[3…] for each partition, at most 128: its place in the page; "m" if it is materialized and "f" if it has failed;
         its record, or ""; its error, metadata and attempts, "" for none

Returns  {"carried"}
         {"outdated"}   that operation is not under way; nothing was written
Keeps    a second call with the same arguments changes nothing; a page of records always has its whole length
]]
local meta, materialized, failed, records = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local operation, first = ARGV[1], tonumber(ARGV[2])
if redis.call("HGET", meta, "operation") ~= operation then return { "outdated" } end
for at = 3, #ARGV, 6 do
  local place, bits, record = tonumber(ARGV[at]), ARGV[at + 1], ARGV[at + 2]
  if string.find(bits, "m") then redis.call("SETBIT", materialized, first + place, 1) end
  if string.find(bits, "f") then redis.call("SETBIT", failed, first + place, 1) end
  if record ~= "" then
    if redis.call("EXISTS", records) == 0 then redis.call("SET", records, string.rep("\0", 128 * 19)) end
    redis.call("SETRANGE", records, place * 19, record)
  end
  for note = 0, 2 do
    local text = ARGV[at + 3 + note]
    if text ~= "" then redis.call("HSET", KEYS[5 + note], place, text) end
  end
end
return { "carried" }
