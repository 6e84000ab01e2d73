-- Adds to a counter of a ledger. Skips a counter that is no integer: an error here would stop a call that has already
-- written. The doctor counts the bits and repairs the counter.
local function add_to(ledger, counter, by)
  redis.pcall("HINCRBY", ledger, counter, string.format("%d", by))
end
