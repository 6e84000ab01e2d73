-- Returns how many summaries a backfill has had. An unreadable or impossible count is the highest that one can be, so that
-- a call looks for every summary there may be, and ends.
local function summary_count(text)
  if not text then return 0 end
  local most = 10000
  local count = string.match(text, "^%d+$") and tonumber(text) or most
  return math.min(count, most)
end
