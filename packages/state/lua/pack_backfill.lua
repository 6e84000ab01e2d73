--[[
pack_backfill: replaces the hash and the log of a backfill that has ended by a compact hash that says the same.

KEYS[1]  header   infill:{backfills}:<backfill>       hash
KEYS[2]  log      infill:{backfills}:<backfill>:log   list, JSON, the newest 1,000
ARGV[1]  known    how many fields the hash has as the caller read it
ARGV[2]  logged   how many entries the log has as the caller read it
ARGV[3…] fields   names and values: first those that the caller read, then those that the hash has from now on; 256 KiB at the most

Returns  {"packed"}
         {"changed"}   hash or log are no more what the caller read; nothing was written
Keeps    what the fields p0, p1… hold was in the fields "header", "settings", "progress" and in the log. A field of such a name
         beside them is newer than they are, and entries of the log are younger than theirs
]]
local header, log, known, logged = KEYS[1], KEYS[2], tonumber(ARGV[1]), tonumber(ARGV[2])
if redis.call("HLEN", header) ~= known or redis.call("LLEN", log) ~= logged then return { "changed" } end
local last = 2 + 2 * known
for at = 3, last, 2 do
  if redis.call("HGET", header, ARGV[at]) ~= ARGV[at + 1] then return { "changed" } end
end
-- Redis makes a hash compact when it makes it, never afterwards.
redis.call("UNLINK", header, log)
for at = last + 1, #ARGV, 2 do redis.call("HSET", header, ARGV[at], ARGV[at + 1]) end
return { "packed" }
