# Blocks fold and unfold; sums stay what they are.
for depth in 1 2 3 9; do
	flopclock analyze densenet121 --phase forward --per-layer --depth $depth | sed -n '5,12p;/^total/p;/rows/p'
done
flopclock analyze resnet18 --phase forward --per-layer --depth 1 --format csv | cut -d, -f13-20
for depth in 1 2 3 4; do
	flopclock analyze resnet18 googlenet --per-layer --depth $depth --format csv | awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) c[$i] = i; next}
		{rows++; flops += $c["flops"]; bytes += $c["bytes_read"] + $c["bytes_written"]} END {printf "%d rows, %.0f FLOPs, %.0f bytes\n", rows, flops, bytes}'
done
flopclock analyze lenet5 --per-layer --depth 0; echo "exit $?"
