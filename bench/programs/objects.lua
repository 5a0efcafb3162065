-- What a script allocates: tables, strings, closures. lua5.4 objects.lua ROUNDS
local kept = {}
for round = 1, tonumber(arg[1]) do
  local made = {}
  for i = 1, 5000 do
    made[i] = { name = "part " .. i, at = { i * 0.5, -i }, say = function() return i end }
  end
  table.sort(made, function(a, b) return a.name < b.name end)
  kept[round % 50 + 1] = made[round % 100 + 1]
end
print(#kept)
