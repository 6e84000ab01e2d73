--[[
change_backfill: changes how a backfill runs, if nobody has changed it meanwhile.

KEYS[1]  header   infill:{backfills}:<backfill>       hash
KEYS[2]  events   infill:{backfills}:events           stream
KEYS[3]  log      infill:{backfills}:<backfill>:log   list, JSON, the newest 1,000
ARGV[1]  backfill
ARGV[2]  field    "settings", "progress" or "versions", a field of the header that holds JSON
ARGV[3]  known    the field's text as the caller read it; "" for none
ARGV[4]  text     the field's new text
ARGV[5]  log      JSON: what, who, why, before and after; "" to log nothing

Returns  {"changed"}          now, or it had the new text already
         {"outdated", text}   the field no longer has the text that the caller read; nothing was written
         {"unknown"}          there is no such backfill
Emits    backfill, "changed"
]]
--- @include "announce"
--- @include "append_log"
local header, events, log = KEYS[1], KEYS[2], KEYS[3]
local backfill, field, known, text, entry = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

if redis.call("EXISTS", header) == 0 then return { "unknown" } end
local before = redis.call("HGET", header, field) or ""
if before == text then return { "changed" } end
if before ~= known then return { "outdated", before } end
redis.call("HSET", header, field, text)
if entry ~= "" then append_log(header, log, entry, "") end
redis.call("XADD", events, "MAXLEN", "~", 10000, "*", "backfill", backfill, "status", "changed")
announce(events)
return { "changed" }
