-- The history of a partition's attempts keeps the newest five, one a line, oldest first. A line is "<how> <ended ms>
-- <took ms> <attempt> <backfill number> <session> <error>" and a line break. `attemptHistory.ts` reads it.
local function newest_attempts(text)
  local _, lines = string.gsub(text, "\n", "")
  local from = 1
  for _ = 6, lines do from = string.find(text, "\n", from, true) + 1 end
  return string.sub(text, from)
end

-- Appends lines to a partition's history. `known` is the history so far, "" for none.
local function append_attempts(key, field, known, added)
  redis.call("HSET", key, field, newest_attempts(known .. added))
end

-- Formats a line of the history. `started` and `now` are epoch ms. Returns "" for an attempt that did not start
-- (started 0).
local function attempt_line(how, now, started, attempt, number, session, message)
  if tonumber(started) == 0 then return "" end
  return string.format("%s %d %d %d %d %s %s\n", how, now, math.max(0, now - started), attempt, number, session,
    string.sub(string.gsub(message, "%c+", " "), 1, 200))
end
