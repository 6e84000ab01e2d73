--[[
wipe_partitions: deletes the state of partitions of one chunk, as if they had never run.

KEYS[1]  meta           infill:{asset/<asset>}:meta                             hash
KEYS[2]  audit          infill:{asset/<asset>}:audit                            stream
KEYS[3]  scratch        infill:{asset/<asset>}:scratch                          bitmap, gone when the call ends; and two beside it
KEYS[4]  in_progress    infill:{asset/<asset>}:plane:<lane>:in_progress:<chunk>    bitmap
KEYS[5]  materialized   infill:{asset/<asset>}:plane:<lane>:materialized:<chunk>   bitmap
KEYS[6]  failed         infill:{asset/<asset>}:plane:<lane>:failed:<chunk>         bitmap
KEYS[7…] for each record page that the mask touches, at most 32:
         records, errors, metadata, attempts   infill:{asset/<asset>}:records|errors|metadata|attempts:<lane>:<page>
                                               string, and hashes
ARGV[1]  epoch          of the asset, as registered
ARGV[2]  mask           bitmap of the partitions, within the chunk, at most 4,096 bytes
ARGV[3]  operation      random text, the same for all calls of one change
ARGV[4]  entry          JSON for the audit stream with the first call of an operation, else ""
ARGV[5…] for each page, its first bit within the chunk

Returns  {"changed", how many, left out}   partitions with a running claim are left out
         {"unregistered"}                  the asset has another epoch; nothing was written
Keeps    in-progress bit <=> running claim; no ledger changes; an empty key is deleted
]]
--- @include "take_free"
--- @include "append_audit"
local meta, audit, scratch, in_progress, materialized, failed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local epoch, mask, operation, entry = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

if redis.call("HGET", meta, "epoch") ~= epoch then return { "unregistered" } end
append_audit(audit, operation, entry)
local count, left_out, bits = take_free(scratch, mask, in_progress)
if count > 0 then
  take_out(materialized, scratch)
  take_out(failed, scratch)
  local nothing = string.rep("\0", 128 * 19)
  for page = 5, #ARGV do
    local at_key = 4 * page - 13
    local records, errors, metadata, attempts = KEYS[at_key], KEYS[at_key + 1], KEYS[at_key + 2], KEYS[at_key + 3]
    local bytes = redis.call("STRLEN", records)
    local had_records, had_earlier = bytes > 0, bytes > 128 * 19
    local had_notes = redis.call("EXISTS", errors, metadata, attempts) > 0
    each_run(bits, tonumber(ARGV[page]), function(offset, length)
      if length == 128 then
        redis.call("DEL", records, errors, metadata, attempts)
        had_records, had_earlier = false, false
        return
      end
      if had_records then redis.call("SETRANGE", records, offset * 19, string.sub(nothing, 1, length * 19)) end
      if had_earlier then redis.call("SETRANGE", records, (128 + offset) * 19, string.sub(nothing, 1, length * 19)) end
      if had_notes then
        for at = offset, offset + length - 1 do
          redis.call("HDEL", errors, at)
          redis.call("HDEL", metadata, at)
          redis.call("HDEL", attempts, at)
        end
      end
    end)
    if had_records and redis.call("GETRANGE", records, 0, 128 * 19 - 1) == nothing then redis.call("DEL", records) end
  end
end
redis.call("DEL", scratch)
return { "changed", count, left_out }
