local list_names = { "running", "paused", "canceling", "succeeded", "failed", "canceled", "unknown" }

-- Moves a backfill to the list of its status. `status` is nil for a backfill that belongs in no list. `created` and
-- `finished` are epoch ms; `finished` is given for an ended one, and an unreadable `created` counts as 0. All lists share
-- the header's slot.
local function list_status(root, backfill, status, created, finished)
  for _, other in ipairs(list_names) do
    if other ~= status then redis.call("ZREM", root .. ":status:" .. other, backfill) end
  end
  if status then redis.call("ZADD", root .. ":status:" .. status, tonumber(created) or 0, backfill) end
  if finished then
    redis.call("ZADD", root .. ":ended", finished, backfill)
  else
    redis.call("ZREM", root .. ":ended", backfill)
  end
end
