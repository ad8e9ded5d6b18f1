# FLOPs, bytes and memory of updates: of 61706 parameters by the formulas of the manual.
for optimizer in sgd momentum adam; do
	for decay in '' --weight-decay; do
		for precision in fp32 bf16; do
			echo "$optimizer $decay $precision:" "$(flopclock analyze lenet5 --optimizer $optimizer $decay --precision $precision --format csv |
				awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) c[$i] = i; next} {print $c["optimizer"] ",", $c["update_flops"] / 61706, $c["update_bytes_read"] / 61706, $c["update_bytes_written"] / 61706, $c["optimizer_bytes"] / 61706, $c["shadows_bytes"] / 61706}')"
		done
	done
done
flopclock analyze lenet5 --optimizer adagrad
