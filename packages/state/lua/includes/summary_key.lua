-- The hash that holds a delivery's summary, in the slot of all backfills: a delivery is "<backfill>-<sequence>", before it
-- is known where it goes, or "<backfill>-<sequence> <target>". Answers with the backfill too.
local function summary_key(root, delivery)
  local backfill, sequence = string.match(delivery, "^(.-)%-(%d+)")
  return root .. ":" .. backfill .. ":summary:" .. sequence, backfill
end
