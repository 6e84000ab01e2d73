--[[
register_asset: makes an asset known, or refuses a definition whose ordinals would mean something else.

KEYS[1]  meta            infill:{asset/<asset>}:meta            hash
KEYS[2]  code versions   infill:{asset/<asset>}:code_versions   hash, text -> number
ARGV[1]  fingerprint     what the definition's ordinals mean
ARGV[2]  epoch           random text, used if the asset is new
ARGV[3]  code version    text, "" for none

Returns  {"registered", epoch, code version number}   the definition is the one on record
         {"conflict", fingerprint}                    another one is on record; nothing was written
Keeps    fingerprint and epoch never change once written; a code version keeps its number
]]
local meta, versions = KEYS[1], KEYS[2]
local fingerprint, epoch, version = ARGV[1], ARGV[2], ARGV[3]

local known = redis.call("HGET", meta, "fingerprint")
if known and known ~= fingerprint then return { "conflict", known } end
if not known then redis.call("HSET", meta, "fingerprint", fingerprint, "epoch", epoch) end

local number = 0
if version ~= "" then
  number = tonumber(redis.call("HGET", versions, version))
  if not number then
    number = redis.call("HLEN", versions) + 1
    redis.call("HSET", versions, version, number)
  end
end
return { "registered", redis.call("HGET", meta, "epoch"), number }
