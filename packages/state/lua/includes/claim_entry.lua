-- Splits a claim entry "<state> <session> <claim number> <attempt> <tally> <started> <backfill>". State: R running, L
-- lapsed, W waiting for its next attempt. `tally.lua` parses the tally. Started is epoch ms, 0 if the function was not
-- called. Returns all seven as texts; nothing for text of another form.
local function read_claim(entry)
  return string.match(entry, "^([RLW]) (%S+) (%d+) (%d+) ([%d.]+) (%d+) (%S+)$")
end

-- Returns an entry's state and backfill; nothing if there is no entry.
local function claim_holder(entry)
  return string.match(entry or "", "^(%u) .* (%S+)$")
end
