# shellcheck shell=bash
# Part questions of tests/gpu/check: what no document answers. FINDINGS.md has the questions' numbers.

each_line() { while IFS= read -r line; do tell told "$1 $line"; done; }	# NUMBER, lines on standard input

# One process each: CUPTI can be switched on once in a process.
question_cupti() {
	local way log
	[ -x "$unit/cuda_questions" ] || { tell skip 'the program that asks CUPTI was not built'; return; }
	for way in device calls-runtime calls-driver calls-both calls-launches latency hardware second-subscriber \
		cost-nothing cost-subscribed cost-kernels cost-all; do
		log=$out/logs/cupti-$way.txt
		(cd "$scratch" && limited 15 "${via[@]}" "$unit/cuda_questions" $way) >"$log" 2>&1 ||
			tell told "$way: $(why $? "$log")"
		while IFS= read -r line; do tell told "$line"; done < <(sed -n 's/^answer //p' "$log")
	done
	sed -n 's/^json //p' "$out/logs/cupti-device.txt" >"$out/device.json"
}

question_choices() {
	local network run
	for network in "${networks[@]}"; do
		run=$network-$precision
		[ -f "$out/facts/$run.tsv" ] || continue
		awk -v ask=tuning -f "$here/plans.awk" "$out/facts/$run.tsv" | each_line "C2 $network:"
		awk -v ask=choices -f "$here/plans.awk" "$out/facts/$run.tsv" | each_line "C3 $network:"
	done
}

question_records() {
	local run=${networks[0]}-$precision
	[ "$device" = cuda ] && [ -f "$out/facts/$run.tsv" ] || return 0
	tell told "P4 $run: $(fact "$run" probe.environment.sm_clock.samples) samples of the clock by CUPTI in the whole run"
	tell told "P5 $run: times come in steps of $(fact "$run" probe.timestamp_quantum_ns) ns"
	tell told "P6 $run: $(fact "$run" probe.graph_nodes) nodes of graphs, $(fact "$run" probe.replayed) kernels replayed"
	tell told "P6 $run: $(fact "$run" probe.replayed_without_step) replayed kernels without a step"
}

plans_foretold() { # NETWORK DEVICE
	"$flopclock" analyze "$1" --input "$input" --classes 10 --batch "$batch" --plan "$2" --precision "$precision" --format csv \
		2>>"$out/logs/plans.txt" | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
			{ print $c["layer"] "," $c["phase"] "," $c["engine"] "," $c["knobs"] }' | sort -u
}

question_plans() { # NETWORK
	local network=$1 run=$1-first-plans made=$scratch/made foretold=$scratch/foretold description name same
	traced "$run" 30 "$network" "${at_size[@]}" "${short[@]}" --precision "$precision" --no-autotune || return
	awk -v ask=engines -f "$here/plans.awk" "$out/facts/$run.tsv" | sort -u >"$made"
	[ -s "$made" ] || return
	for description in h100 "$out/device.json"; do
		[[ $description != */* ]] || [ -s "$description" ] || continue
		name=${description##*/}
		plans_foretold "$network" "$description" >"$foretold"
		same=$(comm -12 "$made" "$foretold" | wc -l)
		tell told "C1 $network: $same of $(wc -l <"$made") convolutions got the plan that $name foretells"
		diff "$foretold" "$made" >"$out/logs/plans-$network-$name.diff"
	done
}

# More channels of zeros in the images: does a tensor core's group of channels pay?
question_first_layer() {
	local channels run phase text
	for channels in 3 4 8; do
		run=first-layer-$channels
		traced "$run" 20 resnet18 --input "${channels}x96x96" --batch 128 "${short[@]}" --precision "$precision" || continue
		text=
		for phase in forward backward_weights; do
			text+=" $phase $(cell "$out/runs/$run/layers.csv" time_median_s "layer=conv1 phase=$phase pass=train") s"
		done
		tell told "C6 first layer with $channels channels:$text"
	done
}

question_layouts() {
	local p
	torch_found || return 0
	for p in "$precision" fp32; do
		peer "layout-$p" 40 --precision "$p" --mode graph --layout contiguous --seconds 1 resnet18 || continue
		tell told "C2 PyTorch, resnet18 in $p: channels last $(rate "$(peer_rate resnet18 "$p" graph)")"
		tell told "C2 PyTorch, resnet18 in $p: contiguous $(rate "$(peer_rate resnet18 "$p" graph contiguous)")"
	done
}

part_questions() {
	[ "$device" = cpu ] || question_cupti
	question_choices
	question_records
	question_plans "${networks[${#networks[@]} > 3 ? 3 : 0]}"
	[ "$device" = cuda ] || return 0
	question_first_layer
	question_layouts
}
