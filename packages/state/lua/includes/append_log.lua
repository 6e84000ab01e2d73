--- @include "now_ms"
-- Appends an entry to a backfill's log, with the next number and the server's time. The log keeps the newest 1,000.
-- `entry` is a JSON object with at least one field. `more` is the text of further fields, each with a comma before it.
local function append_log(header, log, entry, more)
  local number = redis.call("HINCRBY", header, "logged", 1)
  redis.call("RPUSH", log,
    '{"v":1,"n":' .. number .. ',"atMs":' .. string.format("%.0f", now_ms()) .. (more or "") .. "," .. string.sub(entry, 2))
  redis.call("LTRIM", log, -1000, -1)
  return number
end
