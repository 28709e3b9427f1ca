"""How large and how small a feature may be, for the table that is read and the training set that is made of it."""

# Beyond the one, squares and their sums overflow; a feature that stays below the other is lost in them.
LARGEST, SMALLEST = 1e100, 1e-100
OTHER_UNIT = "give it in another unit"
