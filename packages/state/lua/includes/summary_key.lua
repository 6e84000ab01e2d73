-- Returns the key of a delivery's summary (a hash in the slot of all backfills), and the backfill. A delivery is
-- "<backfill>-<sequence>" before it is expanded to its targets, then "<backfill>-<sequence> <target>". For text of another
-- form: a key that does not exist, and no backfill.
local function summary_key(root, delivery)
  local backfill, sequence = string.match(delivery, "^(.-)%-(%d+)")
  if not backfill then return root .. ":unreadable" end
  return root .. ":" .. backfill .. ":summary:" .. sequence, backfill
end
