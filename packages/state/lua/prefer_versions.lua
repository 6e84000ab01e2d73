--[[
prefer_versions: makes known versions the newest ones again after a rollback of the project.

KEYS[1]  versions   infill:{projects}:versions   hash (register_project)
ARGV     for each asset: its name, the version to prefer, and its newest version as the caller read it; at most 500

Returns  {"preferred", how many}
Keeps    a newest version that no process ever ran stays the newest: it is planned, and its processes have not started yet
]]
--- @include "next_sequence"
local versions = KEYS[1]

local count = 0
for at = 1, #ARGV, 3 do
  local asset, version, newest = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if redis.call("HGET", versions, asset) == newest
    and redis.call("HEXISTS", versions, "!" .. asset .. " " .. newest) == 1 then
    redis.call("HSET", versions, asset .. " " .. version, next_sequence(versions), asset, version)
    count = count + 1
  end
end
return { "preferred", count }
