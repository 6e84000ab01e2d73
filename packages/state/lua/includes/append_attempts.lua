-- Appends attempts to the short history of a partition, which keeps the newest five, one a line, oldest first. A line is
-- "<how> <ended ms> <took ms> <attempt> <backfill number> <session> <error>"; `attemptHistory.ts` reads it. `known` is the
-- history so far, "" for none; each of `added` ends with a line break.
local function append_attempts(key, field, known, added)
  local text = known .. added
  local _, lines = string.gsub(text, "\n", "")
  while lines > 5 do
    text = string.gsub(text, "^[^\n]*\n", "", 1)
    lines = lines - 1
  end
  redis.call("HSET", key, field, text)
end

-- A line of that history. `started` and `now` are epoch ms; an attempt that did not start (started 0) has none.
local function attempt_line(how, now, started, attempt, number, session, message)
  if tonumber(started) == 0 then return "" end
  return string.format("%s %d %d %d %d %s %s\n", how, now, math.max(0, now - started), attempt, number, session,
    string.sub(string.gsub(message, "%c+", " "), 1, 200))
end
