--[[
register_asset: registers an asset, or refuses a definition that would change the meaning of its ordinals.

KEYS[1]  meta            infill:{asset/<asset>}:meta            hash
KEYS[2]  code versions   infill:{asset/<asset>}:code_versions   hash, text -> number
KEYS[3]  audit           infill:{asset/<asset>}:audit           stream
ARGV[1]  fingerprint     what the definition's ordinals mean
ARGV[2]  epoch           random text, written if the asset is new or its definition is replaced
ARGV[3]  code version    text, "" for none
ARGV[4]  seen            `use` of an earlier conflict, if the caller then found nothing in use; "" if it did not look
ARGV[5]  layout          how lanes share keys, written if the asset is new or its definition is replaced; "" if they do not

Returns  {"registered", epoch, code version number, layout}   this definition is the registered one; the layout is the
                                                      registered one, "" for none
         {"conflict", fingerprint, use}               another one is registered and may be in use; nothing was written
         {"busy", operation}                          the asset is being reset, removed, renamed or migrated; nothing was written
Error    UNREADABLE if the code version's number is no integer of at most 9 digits: a new number might belong to another version already
Keeps    fingerprint, epoch and layout change only if no ledger was ever opened and nothing was ever changed by hand, or if neither
         has happened since the caller found nothing in use; a code version keeps its number
]]
local meta, versions, audit = KEYS[1], KEYS[2], KEYS[3]
local fingerprint, epoch, version, seen, layout = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local operation = redis.call("HGET", meta, "operation")
if operation then return { "busy", operation } end
local known = redis.call("HGET", meta, "fingerprint")
if known and known ~= fingerprint then
  local ledgers = redis.call("HGET", meta, "backfills") or "0"
  local changes = redis.call("XREVRANGE", audit, "+", "-", "COUNT", 1)
  local newest = changes[1] and changes[1][1] or ""
  local use = (redis.call("HGET", meta, "epoch") or "") .. " " .. ledgers .. " " .. newest
  local is_unused = ledgers == "0" and newest == ""
  if not is_unused and seen ~= use then return { "conflict", known, use } end
  known = false
end
if not known then
  redis.call("HSET", meta, "fingerprint", fingerprint, "epoch", epoch)
  if layout == "" then
    redis.call("HDEL", meta, "tile")
  else
    redis.call("HSET", meta, "tile", layout)
  end
end

local number = 0
if version ~= "" then
  local recorded = redis.call("HGET", versions, version)
  if recorded and (#recorded > 9 or not string.match(recorded, "^%d+$")) then
    return redis.error_reply("UNREADABLE the number of a code version is no whole number of at most 9 digits")
  end
  if recorded then
    number = tonumber(recorded)
  else
    number = redis.call("HLEN", versions) + 1
    redis.call("HSET", versions, version, number)
  end
end
return { "registered", redis.call("HGET", meta, "epoch"), number, redis.call("HGET", meta, "tile") or "" }
