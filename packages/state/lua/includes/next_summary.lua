-- Returns the sequence of a backfill's next summary. If the counter is unreadable, continues after the highest summary of
-- the first 1,000 that still exists: a delivered one is deleted, so its sequence may be used again.
local function next_summary(header)
  local sequence = redis.pcall("HINCRBY", header, "summaries", 1)
  if type(sequence) == "number" then return sequence end
  local highest = 0
  for known = 1, 1000 do
    if redis.call("EXISTS", header .. ":summary:" .. known) == 1 then highest = known end
  end
  redis.call("HSET", header, "summaries", highest + 1)
  return highest + 1
end
