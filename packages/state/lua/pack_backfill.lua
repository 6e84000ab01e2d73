--[[
pack_backfill: replaces the header and the log of an ended backfill by an equivalent compact hash.

KEYS[1]  header   infill:{backfills}:<backfill>       hash
KEYS[2]  log      infill:{backfills}:<backfill>:log   list, JSON, the newest 1,000
ARGV[1]  known    how many fields the caller read in the hash
ARGV[2]  logged   how many entries the caller read in the log
ARGV[3…] fields   names and values: first those that the caller read, then those of the new hash; at most 256 KiB

Returns  {"packed"}
         {"changed"}   the hash or the log has changed since the caller read it; nothing was written
Keeps    the fields p0, p1… hold the former fields "header", "settings", "progress", "versions" and the log. A plain
         field of such a name beside them is newer, and so are the entries of the log list
]]
local header, log, known, logged = KEYS[1], KEYS[2], tonumber(ARGV[1]), tonumber(ARGV[2])
if redis.call("HLEN", header) ~= known or redis.call("LLEN", log) ~= logged then return { "changed" } end
local last = 2 + 2 * known
for at = 3, last, 2 do
  if redis.call("HGET", header, ARGV[at]) ~= ARGV[at + 1] then return { "changed" } end
end
-- Redis chooses the compact encoding when it creates a hash, never afterwards.
redis.call("UNLINK", header, log)
for at = last + 1, #ARGV, 2 do redis.call("HSET", header, ARGV[at], ARGV[at + 1]) end
return { "packed" }
