# The first cell of column `want` in the rows of a CSV file in which every "name=value" of `where` holds.
BEGIN { FS = ","; conditions = split(where, condition, " ") }
NR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	next
}
{
	for (c = 1; c <= conditions; c++) {
		split(condition[c], pair, "=")
		if ($column[pair[1]] != pair[2])
			next
	}
	print $column[want]
	exit
}
