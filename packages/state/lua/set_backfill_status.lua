--[[
set_backfill_status: changes a backfill's status if the present one permits it, and publishes the change.

KEYS[1]  header   infill:{backfills}:<backfill>       hash
KEYS[2]  active   infill:{backfills}:active           set of ids that have not ended
KEYS[3]  events   infill:{backfills}:events           stream
KEYS[4]  log      infill:{backfills}:<backfill>:log   list, JSON, the newest 1,000
KEYS[5]  deliveries   infill:{backfills}:deliveries   sorted set, delivery -> when it is due, epoch ms (take_delivery)
ARGV[1]  backfill
ARGV[2]  to       the status
ARGV[3]  final    "1" if the new status ends the backfill, else "0"
ARGV[4]  log      JSON: what, who, why; the script adds the statuses before and after
ARGV[5]  channel  infill:{backfills}:control, which workers subscribe to
ARGV[6]  control  the control for its ledgers: "running", "paused", "stopping" or "canceling"
ARGV[7]  pause    JSON: how it is paused; "" if it is not
ARGV[8]  summary  JSON to deliver, of an end or of a pause by itself; else ""
ARGV[9]  known    the revision that the caller read; "" for any
ARGV[10…] from    the statuses from which the change is permitted

Returns  {"set", before, revision}
         {"kept", status, revision}   its status is not in `from`; nothing was written
         {"outdated", status, revision}   its revision is not `known`; nothing was written
         {"unknown"}                  there is no such backfill, or its deletion has begun
Keeps    each change raises the revision by one, also a change from a status to itself
         the list of its status holds it, and no other list does (list_status)
         each summary is stored under the next sequence, in <header>:summary:<sequence> (hash)
Emits    backfill, status; to workers: backfill, control
]]
--- @include "announce"
--- @include "now_ms"
--- @include "append_log"
--- @include "list_status"
--- @include "next_summary"
local header, active, events, log, deliveries = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local backfill, to, final, entry, channel, control, pause, summary, known =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local before = redis.call("HGET", header, "status")
if not before or redis.call("HEXISTS", header, "deleting") == 1 then return { "unknown" } end
local allowed = false
for index = 10, #ARGV do allowed = allowed or ARGV[index] == before end
local stands = tonumber(redis.call("HGET", header, "revision") or 0) or 0
if not allowed then return { "kept", before, stands } end
if known ~= "" and stands ~= tonumber(known) then return { "outdated", before, stands } end
local revision = redis.call("HINCRBY", header, "revision", 1)
redis.call("HSET", header, "status", to)
if pause == "" then redis.call("HDEL", header, "pause") else redis.call("HSET", header, "pause", pause) end
local root, created = string.sub(header, 1, -#backfill - 2), redis.call("HGET", header, "created")
local now = now_ms()
if final == "1" then
  redis.call("HSET", header, "finished", now)
  redis.call("SREM", active, backfill)
  list_status(root, backfill, to, created, now)
else
  redis.call("HDEL", header, "finished")
  redis.call("SADD", active, backfill)
  list_status(root, backfill, to, created)
end
if summary ~= "" then
  local sequence = next_summary(header)
  redis.call("HSET", header .. ":summary:" .. sequence, "summary", summary, "status", to, "finished", now)
  redis.call("ZADD", deliveries, now, backfill .. "-" .. sequence)
end
append_log(header, log, entry, ',"before":{"status":"' .. before .. '"},"after":{"status":"' .. to .. '"}')
redis.call("XADD", events, "MAXLEN", "~", 10000, "*", "backfill", backfill, "status", to)
announce(events)
redis.call("PUBLISH", channel, backfill .. " " .. control)
return { "set", before, revision }
