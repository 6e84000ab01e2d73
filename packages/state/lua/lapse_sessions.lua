--[[
lapse_sessions: ends the claims of sessions whose lease is over, one page of claims for each call.

KEYS[1]  sessions      infill:{asset/<asset>}:sessions      sorted set, session -> end of its lease, epoch ms
KEYS[2]  claims        infill:{asset/<asset>}:claims        hash, <lane>:<ordinal> -> claim entry (claim_partitions)
KEYS[3]  settlements   infill:{asset/<asset>}:settlements   stream
KEYS[4]  meta          infill:{asset/<asset>}:meta          hash
ARGV[1]  root          infill:{asset/<asset>}
ARGV[2]  cursor        "0" to begin
ARGV[3…] sessions      those whose lease was over before the first page; a session that has renewed since is skipped

Returns  {"lapsed", next cursor, claims lapsed by this call}   cursor "0": the scan is complete and the sessions are removed
Keeps    in-progress bit <=> running claim; every counter equals its bits
Emits    one entry as settle_partitions does, outcome r
]]
--- @include "tell_settlements"
--- @include "now_ms"
--- @include "lapse_claim"
local sessions, claims, settlements, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local root, cursor = ARGV[1], ARGV[2]
local now = now_ms()

local over = {}
for index = 3, #ARGV do
  local until_ms = redis.call("ZSCORE", sessions, ARGV[index])
  if not until_ms or tonumber(until_ms) <= now then over[ARGV[index]] = true end
end
local page = redis.call("HSCAN", claims, cursor, "COUNT", 256)
local event, lapsed = {}, 0
for index = 1, #page[2], 2 do
  local field, entry = page[2][index], page[2][index + 1]
  local session = string.match(entry, "^R (%S+) ")
  -- An unreadable claim is left to the doctor: it must not hold up the others.
  if session and over[session] and read_claim(entry) and string.find(field, ":%-?%d+$") then
    local backfill, lane, ordinal = lapse_claim(root, claims, field, entry)
    event[#event + 1] = backfill .. " " .. lane .. " r " .. ordinal .. ";"
    lapsed = lapsed + 1
  end
end
if page[1] == "0" then
  for session in pairs(over) do redis.call("ZREM", sessions, session) end
end
if #event > 0 then
  tell_settlements(meta, settlements, table.concat(event))
end
return { "lapsed", page[1], lapsed }
