-- Returns the key of a delivery's summary (a hash in the slot of all backfills), and the backfill. A delivery is
-- "<backfill>-<sequence>" before it is expanded to its targets, then "<backfill>-<sequence> <target>".
local function summary_key(root, delivery)
  local backfill, sequence = string.match(delivery, "^(.-)%-(%d+)")
  return root .. ":" .. backfill .. ":summary:" .. sequence, backfill
end
