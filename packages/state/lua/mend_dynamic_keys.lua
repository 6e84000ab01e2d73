--[[
mend_dynamic_keys: makes ordinals, names and presence of some keys of a dynamic definition agree.

KEYS[1]  ordinals   infill:{dynamic/<definition>}:ordinals   hash, key -> ordinal, of every key there ever was
KEYS[2]  names      infill:{dynamic/<definition>}:names      list, the same keys by ordinal
KEYS[3]  present    infill:{dynamic/<definition>}:present    bitmap by ordinal: which are there now
KEYS[4]  changes    infill:{dynamic/<definition>}:changes    stream
ARGV[1]  revision   the newest change when the caller read the keys; "0-0" for none
ARGV[2]  first      ordinal of the first key; all before it are correct
ARGV[3]  entry      if the stream is lost, JSON (who and why) for a change that adds the present keys; else ""
ARGV[4]  runs       of the ordinals that this change adds
ARGV[5…] key, "1" or "0"   for each ordinal from `first` on, at most 1,000: whether it is present

Returns  {"mended", revision}   revision is the newest change now
         {"changed"}            the keys have changed since the caller read them; nothing was written
Keeps    a key's ordinal never changes
Emits    "added", runs, entry, if the stream was lost
]]
local ordinals, names, present, changes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local revision, first, entry, runs = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]

local newest = redis.call("XREVRANGE", changes, "+", "-", "COUNT", 1)
newest = newest[1] and newest[1][1] or "0-0"
if newest ~= revision then return { "changed" } end
local length = redis.call("LLEN", names)
for index = 5, #ARGV, 2 do
  local ordinal, key = first + (index - 5) / 2, ARGV[index]
  if ordinal < length then
    redis.call("LSET", names, ordinal, key)
  else
    redis.call("RPUSH", names, key)
  end
  redis.call("HSET", ordinals, key, ordinal)
  redis.call("SETBIT", present, ordinal, ARGV[index + 1])
end
if entry ~= "" and runs ~= "" then
  newest = redis.call("XADD", changes, "*", "what", "added", "ordinals", runs, "entry", entry)
end
return { "mended", newest }
