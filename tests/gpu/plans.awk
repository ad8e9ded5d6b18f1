# What a run's facts (flatten.awk) say of its plans.
#   ask=tuning   the first choices of the library's heuristics against the fastest that were measured
#   ask=choices  batch norms and pools for which our kernel and cuDNN's call were measured
#   ask=engines  layer,phase,engine,knobs of every convolution in training
BEGIN { FS = "\t" }
$1 ~ /^plans\.[0-9]+\./ {
	split($1, path, ".")
	plan = path[2]
	if (plan + 1 > plans)
		plans = plan + 1
	if (path[3] == "measured_s") {
		if (path[4] == 0)
			first[plan] = $2
		if (!(plan in fastest) || $2 + 0 < fastest[plan])
			fastest[plan] = $2 + 0
	} else {
		value[plan, path[3]] = $2
	}
}
function tuning(i) {
	for (i in first) {
		measured++
		better += fastest[i] < first[i] + 0
		before += first[i]
		after += fastest[i]
	}
	if (measured)
		printf "of %d measured plans %d are faster than the first: all first ones take %.3f ms, the fastest %.3f ms\n", \
			measured, better, 1e3 * before, 1e3 * after
}
function choices(i, op) {
	for (i = 0; i < plans; i++)
		if ((i, "flopclock_s") in value) {
			op = value[i, "op"]
			count[op]++
			ours[op] += value[i, "flopclock_s"]
			theirs[op] += value[i, "cudnn_s"]
			won[op] += value[i, "flopclock_s"] + 0 <= value[i, "cudnn_s"] + 0
		}
	for (op in count)
		printf "%s: ours is faster in %d of %d, together %.3f ms against cuDNN's %.3f ms\n", op, won[op], count[op], \
			1e3 * ours[op], 1e3 * theirs[op]
}
function engines(i) {
	for (i = 0; i < plans; i++)
		if (value[i, "pass"] == "train" && value[i, "op"] == "conv")
			print value[i, "layer"] "," value[i, "phase"] "," value[i, "engine"] "," value[i, "knobs"]
}
END {
	if (ask == "tuning")
		tuning()
	else if (ask == "choices")
		choices()
	else
		engines()
}
