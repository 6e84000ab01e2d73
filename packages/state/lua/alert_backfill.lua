--[[
alert_backfill: queues a summary for delivery that says that a running backfill fails too often. Once for each backfill.

KEYS[1]  header       infill:{backfills}:<backfill>       hash
KEYS[2]  log          infill:{backfills}:<backfill>:log   list, JSON, the newest 1,000
KEYS[3]  deliveries   infill:{backfills}:deliveries       sorted set, delivery -> when it is due, epoch ms (take_delivery)
ARGV[1]  backfill
ARGV[2]  summary      JSON
ARGV[3]  log          JSON: what, who, why

Returns  {"told"}      this call queued the alert
         {"kept"}      an earlier call did, or the backfill does not run; nothing was written
         {"unknown"}   there is no such backfill, or its deletion has begun
Keeps    one alert for each backfill: the header's field "alerted" holds its time, epoch ms
]]
--- @include "now_ms"
--- @include "append_log"
--- @include "next_summary"
local header, log, deliveries = KEYS[1], KEYS[2], KEYS[3]
local backfill, summary, entry = ARGV[1], ARGV[2], ARGV[3]

local status = redis.call("HGET", header, "status")
if not status or redis.call("HEXISTS", header, "deleting") == 1 then return { "unknown" } end
if status ~= "running" or redis.call("HEXISTS", header, "alerted") == 1 then return { "kept" } end
local now = now_ms()
redis.call("HSET", header, "alerted", now)
local sequence = next_summary(header)
redis.call("HSET", header .. ":summary:" .. sequence, "summary", summary, "status", "failing", "finished", now)
redis.call("ZADD", deliveries, now, backfill .. "-" .. sequence)
append_log(header, log, entry)
return { "told" }
