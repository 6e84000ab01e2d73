--[[
change_dynamic_keys: adds keys to a dynamic definition, or removes them.

KEYS[1]  ordinals   infill:{dynamic/<definition>}:ordinals   hash, key -> ordinal, of every key there ever was
KEYS[2]  names      infill:{dynamic/<definition>}:names      list, the same keys by ordinal
KEYS[3]  present    infill:{dynamic/<definition>}:present    bitmap by ordinal: which are there now
KEYS[4]  changes    infill:{dynamic/<definition>}:changes    stream, never trimmed: what a definition held when is read from it
ARGV[1]  what       "added" or "removed"
ARGV[2]  entry      JSON: who and why
ARGV[3…] keys       at most 1,000, without duplicates

Returns  {"changed", how many, revision}   how many keys this call added or removed; revision is the newest entry's id,
                                           "0-0" if there is none
Error    UNREADABLE if the ordinal of one of the keys is no integer of at most 9 digits: a new one would give the key the
         state of nobody; nothing was written
Keeps    a key's ordinal never changes and is never reused; a removed key keeps its own
         present = the changes, applied in order; a call without an effect writes nothing
Emits    what, runs of ordinals in the order in which the keys were given ("4-7,2"), entry
]]
local ordinals, names, present, changes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local what, entry = ARGV[1], ARGV[2]
local adds = what == "added"

local known = redis.call("HMGET", ordinals, unpack(ARGV, 3))
for at, ordinal in ipairs(known) do
  if ordinal and (#ordinal > 9 or not string.match(ordinal, "^%d+$")) then
    return redis.error_reply("UNREADABLE the ordinal of \"" .. ARGV[at + 2] .. "\" is no whole number of at most 9 digits")
  end
end

local runs, first, last, changed = {}, nil, nil, 0
local function end_run()
  if first then runs[#runs + 1] = first == last and tostring(first) or first .. "-" .. last end
end
for index = 3, #ARGV do
  local key = ARGV[index]
  local ordinal = tonumber(known[index - 2])
  if not ordinal and adds then
    ordinal = redis.call("RPUSH", names, key) - 1
    redis.call("HSET", ordinals, key, ordinal)
  end
  if ordinal and (redis.call("GETBIT", present, ordinal) == 1) ~= adds then
    redis.call("SETBIT", present, ordinal, adds and 1 or 0)
    changed = changed + 1
    if first and ordinal == last + 1 then
      last = ordinal
    else
      end_run()
      first, last = ordinal, ordinal
    end
  end
end
end_run()
if changed > 0 then
  return { "changed", changed, redis.call("XADD", changes, "*", "what", what, "ordinals", table.concat(runs, ","), "entry", entry) }
end
local newest = redis.call("XREVRANGE", changes, "+", "-", "COUNT", 1)
return { "changed", 0, newest[1] and newest[1][1] or "0-0" }
