--[[
register_project: records the versions of a project's assets, numbered in the order of their first registration.

KEYS[1]  versions   infill:{projects}:versions                 hash: "<asset> <version>" -> sequence; "<asset>" -> its newest
                                                               version; "!<asset> <version>" -> 1 once a process runs it;
                                                               "" -> the last sequence
KEYS[2]  manifest   infill:{projects}:manifest:<fingerprint>   hash, asset -> version
KEYS[3]  index      infill:{projects}:index                    sorted set, fingerprint -> last registered, epoch ms
ARGV[1]  fingerprint
ARGV[2]  role       "run" for a worker or a planner, "plan" for a client that submits
ARGV[3…] asset and version, at most 500 pairs

Returns  {"registered"}
Keeps    a known version keeps its sequence; an asset's newest version is the one with the highest
]]
--- @include "now_ms"
--- @include "next_sequence"
local versions, manifest, index = KEYS[1], KEYS[2], KEYS[3]
local fingerprint, role = ARGV[1], ARGV[2]

redis.call("ZADD", index, now_ms(), fingerprint)
for at = 3, #ARGV, 2 do
  local asset, version = ARGV[at], ARGV[at + 1]
  local name = asset .. " " .. version
  if redis.call("HEXISTS", versions, name) == 0 then
    redis.call("HSET", versions, name, next_sequence(versions), asset, version)
  end
  if role == "run" then redis.call("HSET", versions, "!" .. name, 1) end
  redis.call("HSET", manifest, asset, version)
end
return { "registered" }
