# A row of gpu-check's runs.csv from a run's facts (flatten.awk), its costs.csv and its epochs.csv, in this order. With
# `header` set, only the names of the columns.
function cell(value) {
	gsub(/,/, ";", value)
	row = row (row == "" ? "" : ",") value
}
function share(a, b) {
	return a != "" && b + 0 > 0 ? a / b : ""
}
BEGIN {
	names = "run,network,input,batch,precision,replay,images_per_s,untraced_images_per_s,overhead,busy_share,flops_per_s," \
		"peak_flops_per_s,share_of_peak,announced_bytes,peak_bytes,status,unattributed_s,closure_ns,loss,validate_accuracy"
	if (header) {
		print names
		exit
	}
}
FNR == 1 { file++ }
file == 1 {
	split($0, pair, "\t")
	fact[pair[1]] = pair[2] == "null" ? "" : pair[2]
	next
}
{ fields = split($0, field, ",") }
FNR == 1 {
	for (i = 1; i <= fields; i++)
		column[field[i]] = i
	next
}
# All phases of a training iteration.
file == 2 { flops += field[column["flops"]] }
file == 3 { loss = field[column["train_loss"]]; accuracy = field[column["validate_accuracy"]] }
END {
	if (header)
		exit
	train = "totals.train."
	precision = fact["configuration.precision"]
	rate = share(flops * fact[train "measured_iterations"], fact[train "wall_s"])
	peak = fact["device.peak_flops." precision]
	cell(run)
	cell(fact["model.name"])
	cell(fact["configuration.input"])
	cell(fact["configuration.batch"])
	cell(precision)
	cell(fact["configuration.replay"])
	cell(fact[train "images_per_s"])
	cell(fact["probe.untraced_images_per_s"])
	cell(fact["probe.overhead"])
	cell(share(fact[train "device_busy_s"], fact[train "wall_s"]))
	cell(rate)
	cell(peak)
	cell(share(rate, peak))
	cell(fact["memory.announced_bytes"])
	cell(fact["memory.peak_bytes"])
	cell(fact["status"])
	cell(fact[train "unattributed_s"])
	cell(fact["closure.train.difference_ns"])
	cell(loss)
	cell(accuracy)
	print row
}
