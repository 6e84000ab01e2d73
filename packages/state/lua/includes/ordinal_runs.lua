-- Returns ordinals as a settlement entry lists them: "12+8,40" are 12 to 19, and 40.
local function ordinal_runs(ordinals)
  local runs, first, length, ends = {}, nil, 0, nil
  for index = 1, #ordinals + 1 do
    local ordinal = tonumber(ordinals[index])
    if first and ordinal ~= ends then
      runs[#runs + 1] = length == 1 and first or first .. "+" .. length
      first = nil
    end
    if not first then first, length = ordinals[index], 0 end
    if ordinal then length, ends = length + 1, ordinal + 1 end
  end
  return table.concat(runs, ",")
end
