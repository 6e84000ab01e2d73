-- A claim entry is "<state> <session> <claim number> <attempt> <tally> <started> <backfill>". State: R it runs, L its lease
-- has lapsed, W it waits to be tried again. The tally is read by "tally"; started is epoch ms, 0 where the function was not
-- called. Gives back all seven as texts; nothing for text of another form.
local function read_claim(entry)
  return string.match(entry, "^([RLW]) (%S+) (%d+) (%d+) ([%d.]+) (%d+) (%S+)$")
end

-- The state of an entry and the backfill that it belongs to; nothing where there is none.
local function claim_holder(entry)
  return string.match(entry or "", "^(%u) .* (%S+)$")
end
