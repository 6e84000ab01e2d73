--[[
set_backfill_status: moves a backfill from one of some statuses to another, and tells everybody.

KEYS[1]  header   infill:{backfills}:<backfill>       hash
KEYS[2]  active   infill:{backfills}:active           set of ids that have not ended
KEYS[3]  events   infill:{backfills}:events           stream
KEYS[4]  log      infill:{backfills}:<backfill>:log   list, JSON, the newest 1,000
KEYS[5]  deliveries   infill:{backfills}:deliveries   sorted set, delivery -> when it is due, epoch ms (take_delivery)
ARGV[1]  backfill
ARGV[2]  to       the status
ARGV[3]  final    "1" if it ends the backfill, "0" if it does not
ARGV[4]  log      JSON: what, who, why; the statuses before and after are added
ARGV[5]  channel  infill:{backfills}:control, where workers listen
ARGV[6]  control  what the ledgers are told: "running", "paused", "stopping" or "canceling"
ARGV[7]  pause    JSON: how it is paused; "" where it is not
ARGV[8]  summary  JSON of how it ended or why it paused by itself, to be delivered, else ""
ARGV[9]  known    the revision by which the caller decided; "" for whatever it is
ARGV[10…] from    statuses that it may have before

Returns  {"set", before, revision}
         {"kept", status, revision}   it has another status; nothing was written
         {"outdated", status, revision}   it has another revision than the caller knows; nothing was written
         {"unknown"}                  there is no such backfill, or its deletion has begun
Keeps    each change has a revision of its own, one more than the one before; also one from a status to itself
         the list of its status names it, and no other one (list_status)
         each end, and each pause with a summary, has one, under the next sequence, in <header>:summary:<sequence> (hash)
Emits    backfill, status; to workers: backfill, control
]]
--- @include "now_ms"
--- @include "append_log"
--- @include "list_status"
local header, active, events, log, deliveries = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local backfill, to, final, entry, channel, control, pause, summary, known =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local before = redis.call("HGET", header, "status")
if not before or redis.call("HEXISTS", header, "deleting") == 1 then return { "unknown" } end
local allowed = false
for index = 10, #ARGV do allowed = allowed or ARGV[index] == before end
local stands = tonumber(redis.call("HGET", header, "revision") or 0)
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
  local sequence = redis.call("HINCRBY", header, "summaries", 1)
  redis.call("HSET", header .. ":summary:" .. sequence, "summary", summary, "status", to, "finished", now)
  redis.call("ZADD", deliveries, now, backfill .. "-" .. sequence)
end
append_log(header, log, entry, ',"before":{"status":"' .. before .. '"},"after":{"status":"' .. to .. '"}')
redis.call("XADD", events, "MAXLEN", "~", 10000, "*", "backfill", backfill, "status", to)
redis.call("PUBLISH", channel, backfill .. " " .. control)
return { "set", before, revision }
