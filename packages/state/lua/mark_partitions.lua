--[[
mark_partitions: marks partitions of one chunk as materialized by hand, without running them.

KEYS[1]  meta           infill:{asset/<asset>}:meta                             hash
KEYS[2]  audit          infill:{asset/<asset>}:audit                            stream
KEYS[3]  scratch        infill:{asset/<asset>}:scratch                          bitmap, gone when the call ends; and two beside it
KEYS[4]  in_progress    infill:{asset/<asset>}:plane:<lane>:in_progress:<chunk>    bitmap
KEYS[5]  materialized   infill:{asset/<asset>}:plane:<lane>:materialized:<chunk>   bitmap
KEYS[6]  failed         infill:{asset/<asset>}:plane:<lane>:failed:<chunk>         bitmap
KEYS[7…] for each record page that the mask touches, at most 32:
         records, errors   infill:{asset/<asset>}:records|errors:<lane>:<page>  string, hash
ARGV[1]  epoch          of the asset, as registered
ARGV[2]  mask           bitmap of the partitions, within the chunk, at most 4,096 bytes
ARGV[3]  code version   number of the version that these partitions count as made by
ARGV[4]  operation      random text, the same for all calls of one change
ARGV[5]  entry          JSON for the audit stream with the first call of an operation, else ""
ARGV[6…] for each page, its first bit within the chunk

The record holds: now, duration 0, backfill 0, the code version, attempt 0, no claim. Metadata of an earlier run stays.

Returns  {"changed", how many, left out}   partitions with a running claim are left out
         {"unregistered"}                  the asset has another epoch; nothing was written
Keeps    in-progress bit <=> running claim; no ledger changes
]]
--- @include "now_ms"
--- @include "take_free"
--- @include "append_audit"
local meta, audit, scratch, in_progress, materialized, failed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local epoch, mask, version, operation, entry = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]

if redis.call("HGET", meta, "epoch") ~= epoch then return { "unregistered" } end
append_audit(audit, operation, entry)
local count, left_out, bits = take_free(scratch, mask, in_progress)
if count > 0 then
  redis.call("BITOP", "OR", materialized, materialized, scratch)
  take_out(failed, scratch)
  local now = now_ms()
  local record = struct.pack(">I2I4", math.floor(now / 4294967296), now % 4294967296)
    .. string.rep("\0", 7) .. struct.pack(">I2", version) .. string.rep("\0", 4)
  for page = 6, #ARGV do
    local records, errors = KEYS[2 * page - 5], KEYS[2 * page - 4]
    local had_records, had_errors = redis.call("EXISTS", records) == 1, redis.call("EXISTS", errors) == 1
    each_run(bits, tonumber(ARGV[page]), function(offset, length)
      if not had_records then redis.call("SETRANGE", records, 128 * 19 - 1, "\0") end
      had_records = true
      redis.call("SETRANGE", records, offset * 19, string.rep(record, length))
      if had_errors then
        for at = offset, offset + length - 1 do redis.call("HDEL", errors, at) end
      end
    end)
  end
end
redis.call("DEL", scratch)
return { "changed", count, left_out }
