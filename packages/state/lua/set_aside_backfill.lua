--[[
set_aside_backfill: removes an unreadable backfill from the lists, and keeps its hash under another key.

KEYS[1]  header   infill:{backfills}:<backfill>             hash, or another type
KEYS[2]  kept     infill:{backfills}:set_aside:<backfill>   the former header
KEYS[3]  notes    infill:{backfills}:set_aside              hash, id -> JSON: field, reason, text, atMs
KEYS[4]  index    infill:{backfills}:index                  sorted set
KEYS[5]  active   infill:{backfills}:active                 set
KEYS[6]  lease    infill:{backfills}:<backfill>:lease       string
ARGV[1]  backfill
ARGV[2]  field    the field that could not be read
ARGV[3]  known    the field's text as the caller read it; "" for none
ARGV[4]  note     JSON object: field, reason, text

Returns  {"set_aside"}
         {"changed"}     the field has another text now, or the backfill's deletion has begun; nothing was written
         {"unknown"}     there is no such key
Keeps    a backfill that is set aside is not active, not in the index, and in no list of a status
]]
--- @include "now_ms"
--- @include "list_status"
local header, kept, notes, index, active, lease = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local backfill, field, known, note = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local kind = redis.call("TYPE", header).ok
if kind == "none" then return { "unknown" } end
if kind == "hash" then
  if redis.call("HEXISTS", header, "deleting") == 1 then return { "changed" } end
  if (redis.call("HGET", header, field) or "") ~= known then return { "changed" } end
end
local now = now_ms()
redis.call("RENAME", header, kept)
redis.call("HSET", notes, backfill, '{"atMs":' .. string.format("%.0f", now) .. "," .. string.sub(note, 2))
redis.call("ZREM", index, backfill)
redis.call("SREM", active, backfill)
list_status(string.sub(header, 1, -#backfill - 2), backfill)
redis.call("UNLINK", lease)
return { "set_aside" }
