-- Adds to a counter of a ledger. One that is no whole number is left for the doctor, which counts the bits: a call that has
-- written already must not fail for it, nor keep the other partitions of the call from being written.
local function add_to(ledger, counter, by)
  redis.pcall("HINCRBY", ledger, counter, string.format("%d", by))
end
