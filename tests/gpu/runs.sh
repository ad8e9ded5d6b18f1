# shellcheck shell=bash
# Parts runs, more, replay, refusals and report of tests/gpu/check, and what they know of a run folder.

fact() { awk -F'\t' -v p="$2" '$1 == p { print $2; exit }' "$out/facts/$1.tsv"; }	# RUN PATH
column() { cell "$out/runs.csv" "$2" "run=$1"; }					# RUN COLUMN

# traced NAME LIMIT OPTION...: a run of its own, $out/runs/NAME, its facts; a failure is told. 3 is a suspect run, which is one too.
traced() {
	local name=$1 most=$2 rc folder log=$out/logs/trace-$1.txt
	shift 2
	! late "$name" || return 1
	limited "$most" "$flopclock" trace --device "$device" "$@" -o "$scratch/$name" >"$log" 2>&1
	rc=$?
	folder=$(find "$scratch/$name" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | head -1)
	if { [ $rc != 0 ] && [ $rc != 3 ]; } || [ -z "$folder" ]; then
		tell FAIL "$name: $(why $rc "$log")"
		return 1
	fi
	mkdir -p "$out/runs"
	mv "$folder" "$out/runs/$name"
	awk -f "$here/flatten.awk" "$out/runs/$name/run.json" >"$out/facts/$name.tsv"
}

noted() { # RUN: a row of runs.csv
	local folder=$out/runs/$1
	[ -f "$out/runs.csv" ] || awk -v header=1 -f "$here/row.awk" >"$out/runs.csv"
	awk -v run="$1" -f "$here/row.awk" "$out/facts/$1.tsv" "$folder/costs.csv" "$folder/epochs.csv" >>"$out/runs.csv"
}

# What must hold of every traced run.
judge_run() { # RUN
	local run=$1 status unattributed difference
	status=$(fact "$run" status)
	unattributed=$(sum "$(fact "$run" totals.train.unattributed_s)" "$(fact "$run" totals.validate.unattributed_s)")
	difference=$(sum "$(fact "$run" closure.train.difference_ns)" "$(fact "$run" closure.validate.difference_ns)")
	if [ "$status $unattributed $difference" = 'complete 0 0' ]; then
		tell ok "H5 $run: complete, nothing unattributed, nothing dropped, closed to the nanosecond"
	else
		tell FAIL "H5 $run: $status, unattributed $unattributed s, closure off by $difference ns; $(anomalies "$run")"
	fi
}

# Of sizes; what is not there makes the sum unknown.
sum() {
	awk -v a="$1" -v b="$2" 'BEGIN { if (a == "" || b == "") print "unknown"; else print (a < 0 ? -a : a) + (b < 0 ? -b : b) }'
}
anomalies() { awk -F'\t' '$1 ~ /^anomalies/ { printf "%s; ", $2 }' "$out/facts/$1.tsv"; }
percent() { awk -v x="$1" 'BEGIN { if (x == "") print "unknown"; else printf "%.1f %%", 100 * x }'; }
giga() { awk -v x="$1" 'BEGIN { if (x == "") print "unknown"; else printf "%.2f GB", x / 1e9 }'; }
rate() { awk -v x="$1" 'BEGIN { if (x == "") print "unknown"; else printf "%.0f images/s", x }'; }

tell_run() { # RUN
	tell told "$1: $(rate "$(column "$1" images_per_s)") traced, $(percent "$(column "$1" share_of_peak)") of the peak"
	tell told "H8 $1: memory announced $(giga "$(column "$1" announced_bytes)"), taken $(giga "$(column "$1" peak_bytes)")"
}

traced_and_judged() { # NAME LIMIT OPTION...
	traced "$@" || return
	judge_run "$1"
	noted "$1"
	tell_run "$1"
}

at_size=(--input "$input" --batch "$batch" --steps "$steps" --validate-steps "$validate")

at_the_studys_size() {
	local network run overhead busy
	for network in "${networks[@]}"; do
		run=$network-$precision
		traced_and_judged "$run" 80 "$network" "${at_size[@]}" --precision "$precision" || continue
		overhead=$(column "$run" overhead) busy=$(column "$run" busy_share)
		judge goal MISS "$overhead" '<=' 0.03 "A1 $network: measuring costs $(percent "$overhead") (goal: 3 %)"
		judge goal MISS "$busy" '>=' 0.97 "A2 $network: the device is busy $(percent "$busy") of the time (goal: 97 %)"
	done
}

# One whole epoch; validation accuracies behind one lie around 85 %.
learning() {
	local accuracy
	traced_and_judged learning 60 resnet18 --input "$input" --batch "$batch" --precision "$precision" --epochs 1 --lr 0.02 ||
		return
	accuracy=$(column learning validate_accuracy)
	judge ok FAIL "$accuracy" '>=' 0.75 "H6 learning: ResNet-18 knows $(percent "$accuracy") of the test images (75 % at least)"
}

part_runs() {
	peers_prepared
	at_the_studys_size
}

part_more() {
	local network other
	for network in "${networks[@]}"; do
		traced_and_judged "$network-quick" 30 "$network" "${quick[@]}" --precision "$precision"
	done
	for network in "${shown[@]}"; do
		for other in fp32 bf16; do
			traced_and_judged "$network-$other" 60 "$network" "${at_size[@]}" --precision "$other"
			! torch_found || compare_network "$network" "$other" eager,graph
		done
	done
	[ "$device" = cpu ] || learning
}

# -------- replay --------

tell_replay() { # REPLAYED SINGLE TEXT
	tell told "C4 $3: replayed $(rate "$(column "$1" images_per_s)"), step by step $(rate "$(column "$2" images_per_s)")"
}

replayed_and_single() { # NETWORK INPUT
	local run=$1-${2#*x}
	local -a options=("$1" --input "$2" --batch 32 --steps 100 --validate-steps 5 --precision "$precision" --overhead-steps 0)
	traced "$run" 20 "${options[@]}" && noted "$run" && traced "$run-single" 20 "${options[@]}" --no-graph &&
		noted "$run-single" && tell_replay "$run" "$run-single" "$1 at $2, batch 32"
}

# The bits of all losses, as the run folder has them.
losses() {
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } { print $c["step"], $c["loss"], $c["correct"] }' \
		"$out/runs/$1/steps.csv"
}

twice_the_same() {
	local which
	for which in first second; do
		traced "deterministic-$which" 20 "${networks[0]}" --input "$input" --batch 16 "${short[@]}" \
			--precision "$precision" --deterministic || return
	done
	if cmp -s <(losses deterministic-first) <(losses deterministic-second); then
		tell ok 'H3 two deterministic runs have the same losses, bit for bit'
	else
		tell FAIL 'H3 two deterministic runs differ'
	fi
}

part_replay() {
	local network run
	for network in "${networks[@]}"; do
		run=$network-single
		traced "$run" 45 "$network" "${at_size[@]}" --precision "$precision" --no-graph --overhead-steps 0 || continue
		noted "$run"
		tell_replay "$network-$precision" "$run" "$network at $input, batch $batch"
	done
	twice_the_same
	[ "$device" = cuda ] || return 0
	for network in resnet18 densenet161; do replayed_and_single "$network" 3x32x32; done
	for network in resnet18 vgg16; do replayed_and_single "$network" 3x224x224; done
}

# -------- refusals --------

# refused NAME PATTERN COMMAND...: ends with 1 and a sentence of that pattern.
refused() {
	local name=$1 pattern=$2 rc log=$out/logs/refused-$1.txt
	shift 2
	! late "H7 $name" || return
	limited 40 "$@" >"$log" 2>&1
	rc=$?
	if [ $rc = 1 ] && tail -1 "$log" | grep -qE "$pattern"; then
		tell ok "H7 $name: $(tail -1 "$log" | cut -c1-250)"
	else
		tell FAIL "H7 $name: expected /$pattern/ and exit 1, found $(why $rc "$log")"
	fi
}

# Whether it can trace beside another profiler is not ours to decide; what is said then is.
under() { # TOOL OPTION...
	local tool=$1 log=$out/logs/under-$1.txt
	command -v "$tool" >/dev/null || { tell skip "H7 another profiler: $tool is not installed"; return; }
	limited 40 "$@" "$flopclock" trace lenet5 --device cuda --steps 5 --overhead-steps 0 -o "$scratch/under-$tool" >"$log" 2>&1
	tell told "H7 under $tool: exit status $?; $(grep '^flopclock' "$log" | tail -1 | cut -c1-250)"
}

part_refusals() {
	refused memory 'batch [0-9]+ would fit' \
		"$flopclock" trace vgg16 --device "$device" --input 3x224x224 --batch 50000 --steps 1 -o "$scratch/none"
	[ "$device" = cuda ] || return 0
	refused no-such-device 'there is no GPU 99' "$flopclock" trace lenet5 --device cuda:99 --steps 1 -o "$scratch/none"
	refused hidden CUDA_VISIBLE_DEVICES \
		env CUDA_VISIBLE_DEVICES= "$flopclock" trace lenet5 --device cuda --steps 1 -o "$scratch/none"
	under nsys profile --trace=cuda -o "$scratch/nsys"
	under ncu --launch-count 1
}

# -------- report --------

part_report() {
	local network rc log=$out/logs/report.txt
	local -a folders=()
	for network in "${networks[@]}"; do
		[ ! -d "$out/runs/$network-$precision" ] || folders+=("$out/runs/$network-$precision")
	done
	[ ${#folders[@]} -gt 0 ] || { tell skip 'there are no runs'; return; }
	reserve=0
	limited 40 "$flopclock" report "${folders[@]}" -o "$out/report" >"$log" 2>&1
	rc=$?
	if [ $rc = 0 ] && [ -s "$out/report/report.pdf" ]; then
		tell ok "of ${#folders[@]} runs"
	else
		tell FAIL "$(why $rc "$log")"
	fi
}
