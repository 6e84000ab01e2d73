-- Parses the tally of a claim entry: "<deaths>", or "<deaths>.<lapses>.<free>" if lapses or free is not 0. Deaths:
-- starts during which the process died. Lapses: starts that lost their claim while the process lived. Free: starts that
-- cost no try, because the worker stopped or the backfill was paused. Unreadable text counts as no deaths.
local function read_tally(text)
  local deaths, lapses, free = string.match(text, "^(%d+)%.(%d+)%.(%d+)$")
  return tonumber(deaths or text) or 0, tonumber(lapses or 0), tonumber(free or 0)
end

local function tally_text(deaths, lapses, free)
  if lapses == 0 and free == 0 then return string.format("%d", deaths) end
  return string.format("%d.%d.%d", deaths, lapses, free)
end
