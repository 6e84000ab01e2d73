--[[
set_aside_entries: moves unreadable entries of a hash, set, sorted set, list or stream to another key.

KEYS[1]  key      hash, set, sorted set, list or stream
KEYS[2]  kept     the key's name with "set_aside:" after the hash tag: hash, entry -> its value (hash), its score (sorted set),
                  its fields as JSON (stream), or ""
ARGV[1]  days     how long to keep them from now
ARGV[2…] entries  pairs, at most 256: a field and its value; a member or an id, and any text

Returns  {"set_aside", how many}   a field whose value has changed is left alone
]]
local key, kept, days = KEYS[1], KEYS[2], tonumber(ARGV[1])
local kind = redis.call("TYPE", key).ok
local count = 0
local function keep(entry, value)
  redis.call("HSET", kept, entry, value)
  count = count + 1
end
for at = 2, #ARGV, 2 do
  local entry, value = ARGV[at], ARGV[at + 1]
  if kind == "hash" then
    if redis.call("HGET", key, entry) == value then
      keep(entry, value)
      redis.call("HDEL", key, entry)
    end
  elseif kind == "set" then
    if redis.call("SREM", key, entry) == 1 then keep(entry, "") end
  elseif kind == "zset" then
    local score = redis.call("ZSCORE", key, entry)
    if score then
      keep(entry, score)
      redis.call("ZREM", key, entry)
    end
  elseif kind == "list" then
    if redis.call("LREM", key, 0, entry) > 0 then keep(entry, "") end
  elseif kind == "stream" then
    local found = redis.call("XRANGE", key, entry, entry)
    if found[1] then
      keep(entry, cjson.encode(found[1][2]))
      redis.call("XDEL", key, entry)
    end
  end
end
if count > 0 then redis.call("PEXPIRE", kept, days * 86400000) end
return { "set_aside", count }
