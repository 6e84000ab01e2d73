local list_names = { "running", "paused", "canceling", "succeeded", "failed", "canceled", "unknown" }

-- Keeps the lists that answer "which backfills have this status" in step with a header. `status` is nil for a backfill that
-- no list may name. `finished` is given for an ended one. All lists share the header's slot.
local function list_status(root, backfill, status, created, finished)
  for _, other in ipairs(list_names) do
    if other ~= status then redis.call("ZREM", root .. ":status:" .. other, backfill) end
  end
  if status then redis.call("ZADD", root .. ":status:" .. status, created or 0, backfill) end
  if finished then
    redis.call("ZADD", root .. ":ended", finished, backfill)
  else
    redis.call("ZREM", root .. ":ended", backfill)
  end
end
