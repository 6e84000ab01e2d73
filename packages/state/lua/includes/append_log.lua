--- @include "now_ms"
-- Returns the number of the next entry of a backfill's log. If the counter is unreadable, continues after the newest
-- readable entry, and counts the unreadable ones after it, as `readBackfillLog` does.
local function next_logged(header, log)
  local number = redis.pcall("HINCRBY", header, "logged", 1)
  if type(number) == "number" then return number end
  local entries = redis.call("LRANGE", log, -1000, -1)
  number = #entries + 1
  for at = #entries, 1, -1 do
    local known = string.match(entries[at], '^{"v":1,"n":(%d+),')
    if known and #known <= 9 then
      number = known + #entries - at + 1
      break
    end
  end
  redis.call("HSET", header, "logged", string.format("%d", number))
  return number
end

-- Appends an entry to a backfill's log, with the next number and the server's time. The log keeps the newest 1,000.
-- `entry` is a JSON object with at least one field. `more` is the text of further fields, each with a comma before it.
local function append_log(header, log, entry, more)
  local number = next_logged(header, log)
  redis.call("RPUSH", log,
    '{"v":1,"n":' .. number .. ',"atMs":' .. string.format("%.0f", now_ms()) .. (more or "") .. "," .. string.sub(entry, 2))
  redis.call("LTRIM", log, -1000, -1)
  return number
end
