--[[
list_backfills: compares the lists by status with the headers, or repairs them. Older versions wrote headers without lists.

KEYS[1]  index      infill:{backfills}:index   sorted set, id -> created, epoch ms
ARGV[1]  mode       "look" or "write"
ARGV[2…] backfills  ids, at most 256

Returns  {"listed", id…}   those that were in a wrong list; with "write" the call has moved them to the right one
Keeps    a backfill in the index is in one list <root>:status:<status> (sorted set, id -> created, epoch ms); in "unknown"
         if this version does not know its status. An ended one is in <root>:ended too (sorted set, id -> finished, epoch
         ms). A backfill outside the index is in no list.
]]
--- @include "list_status"
local index, mode = KEYS[1], ARGV[1]
local root = string.sub(index, 1, -#":index" - 1)
local final = { succeeded = true, failed = true, canceled = true }
local open = { running = true, paused = true, canceling = true }

-- Returns the list that a backfill belongs in (nil for none), its creation time and its end time.
local function belongs(backfill)
  local created = redis.call("ZSCORE", index, backfill)
  if not created then return nil end
  local header = root .. ":" .. backfill
  if redis.call("TYPE", header).ok ~= "hash" then return "unknown", created end
  local status, finished = unpack(redis.call("HMGET", header, "status", "finished"))
  if final[status] then return status, created, tonumber(finished) and finished or created end
  return open[status] and status or "unknown", created
end

local differ = { "listed" }
for at = 2, #ARGV do
  local backfill = ARGV[at]
  local status, created, finished = belongs(backfill)
  local is_right = (redis.call("ZSCORE", root .. ":ended", backfill) and true or false) == (finished ~= nil)
  for _, other in ipairs(list_names) do
    local is_there = redis.call("ZSCORE", root .. ":status:" .. other, backfill) and true or false
    is_right = is_right and is_there == (other == status)
  end
  if not is_right then
    differ[#differ + 1] = backfill
    if mode == "write" then list_status(root, backfill, status, created, finished) end
  end
end
return differ
