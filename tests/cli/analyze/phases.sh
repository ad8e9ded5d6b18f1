# Each phase by itself: headline, layers, epoch.
for phase in forward backward-data backward-weights update training; do
	flopclock analyze lenet5 --batch 128 --phase $phase --per-layer
done
# The same in csv: only the columns and rows of that phase.
for phase in forward backward-data backward-weights update training; do
	flopclock analyze lenet5 --batch 128 --phase $phase --format csv | tr , '\n' | grep -c .
	flopclock analyze lenet5 --batch 128 --phase $phase --format csv --per-layer | awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) c[$i] = i; next} {n[$c["phase"]]++; flops += $c["flops"]} END {for (p in n) printf "%s %d, ", p, n[p]; print flops}' | tr -s ' ' | tr , '\n' | sort
done
