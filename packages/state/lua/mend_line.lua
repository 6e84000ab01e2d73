--[[
mend_line: takes backfills out of a scope's line that no longer wait.

KEYS[1]  line      infill:{permits}:line:<scope>   hash, backfill -> "<number> <last asked ms>" (take_permits)
ARGV     for each backfill: its id, and its entry as the caller read it; at most 512

Returns  {"mended", how many were removed}   a backfill that has asked again since stays
]]
local line = KEYS[1]
local mended = 0
for at = 1, #ARGV, 2 do
  if redis.call("HGET", line, ARGV[at]) == ARGV[at + 1] then mended = mended + redis.call("HDEL", line, ARGV[at]) end
end
return { "mended", mended }
