# shellcheck shell=bash
# Part peers of tests/gpu/check: PyTorch on the same device, between two measurements of flopclock.

python=${PYTHON:-python3}
bench=$root/tests/peer/gpu_bench.py
prepared=()
ratio_columns=network,precision,flopclock,eager,graph,compile,compile_graph,best_mode,ratio_to_eager,ratio_to_best
modes=eager,graph,compile,compile_graph
peer_options=(--input "$input" --batch "$batch" --seconds 1.5)
if [ "$device" = cpu ]; then
	modes=eager
	peer_options+=(--device cpu --seconds 0.2 --rounds 2 --warmup 1)
fi
# What PyTorch's compiler compiled ahead it finds again here.
export TORCHINDUCTOR_CACHE_DIR=$scratch/inductor TRITON_CACHE_DIR=$scratch/triton
export TORCHINDUCTOR_FX_GRAPH_CACHE=1 TORCHINDUCTOR_AUTOGRAD_CACHE=1

torch_found() { "$python" -c 'import torch' 2>/dev/null; }

# Compiling takes a minute and more for each network; it goes on beside what is not timed.
peers_prepare() {
	local network
	[ "$device" = cuda ] && [[ " ${parts[*]} " == *' peers '* ]] && torch_found || return 0
	for network in "${networks[@]}"; do
		timeout -k 5 220 nice "$python" "$bench" --prepare --mode compile --precision "$precision" "${peer_options[@]}" \
			"$network" >"$out/logs/prepare-$network.txt" 2>&1 &
		prepared+=($!)
	done
}

# Before anything is timed that has come to its end, or is ended.
peers_prepared() {
	local patient_until=$((SECONDS + 45)) job
	for job in "${prepared[@]}"; do
		while kill -0 "$job" 2>/dev/null && [ $SECONDS -lt $patient_until ]; do sleep 1; done
		! kill "$job" 2>/dev/null || tell told 'PyTorch'"'"'s compiler was not done ahead with a network'
	done
	[ ${#prepared[@]} = 0 ] || wait "${prepared[@]}" 2>/dev/null
	prepared=()
}

# peer NAME LIMIT OPTION...: rows of peers.csv
peer() {
	local name=$1 most=$2 rc log=$out/logs/peer-$1.txt rows=$scratch/rows
	shift 2
	! late "$name" || return 1
	limited "$most" "$python" "$bench" --header --budget "$most" "${peer_options[@]}" "$@" >"$rows" 2>"$log"
	rc=$?
	[ -s "$out/peers.csv" ] || head -1 "$rows" >"$out/peers.csv"
	sed 1d "$rows" >>"$out/peers.csv"
	[ $rc = 0 ] || tell told "$name: PyTorch: $(why $rc "$log")"
	grep -o 'failed: .*' "$rows" | sort -u | while IFS= read -r line; do tell told "$name: PyTorch: $line"; done
	grep -q ',ok,' "$rows"
}

peer_rate() { # NETWORK PRECISION MODE [LAYOUT]
	cell "$out/peers.csv" images_per_s "network=$1 precision=$2 mode=$3 layout=${4:-channels_last} status=ok"
}

larger() { awk -v a="$1" -v b="$2" 'BEGIN { m = a + 0 > b + 0 ? a : b; if (m + 0 > 0) print m }'; }

# Ours without a probe: once beside the traced run and, while there is time, once more behind the peer; the better of the two, as
# the peer's is its best of five.
our_rate() { # NETWORK PRECISION
	local run=$1-$2-untraced
	if [ -z "$(column "$1-$2" untraced_images_per_s)" ] || [ "$(left)" -gt 120 ]; then
		traced "$run" 40 "$1" "${at_size[@]}" --precision "$2" --probe none >/dev/null && noted "$run"
	fi
	larger "$(column "$1-$2" untraced_images_per_s)" "$(column "$run" images_per_s)"
}

same_parameters() { # NETWORK PRECISION
	local theirs ours
	theirs=$(cell "$out/peers.csv" params "network=$1 precision=$2 status=ok")
	ours=$(fact "$1-$2$([ -f "$out/facts/$1-$2.tsv" ] || echo -untraced)" model.params)
	[ "$theirs" = "$ours" ] || tell FAIL "$1: PyTorch's has $theirs parameters, ours $ours"
}

# A row of ratios.csv and two lines.
compare_network() { # NETWORK PRECISION MODES
	local network=$1 p=$2 ours mode theirs eager='' best='' best_mode='' rates='' measured=0 to_eager to_best
	if ! peer "$network-$p" 75 --precision "$p" --mode "$3" "$network"; then
		tell told "$network in $p: PyTorch measured nothing"
		return
	fi
	ours=$(our_rate "$network" "$p")
	[ -n "$ours" ] || { tell FAIL "$network in $p: flopclock measured nothing"; return; }
	same_parameters "$network" "$p"
	for mode in eager graph compile compile_graph; do
		theirs=$(peer_rate "$network" "$p" "$mode")
		rates+=$theirs,
		[ -z "$theirs" ] || measured=$((measured + 1))
		[ "$mode" != eager ] || eager=$theirs
		! holds "$theirs" '>' "${best:-0}" || best=$theirs best_mode=$mode
	done
	to_eager=$(ratio "$ours" "$eager") to_best=$(ratio "$ours" "$best")
	[ -f "$out/ratios.csv" ] || echo "$ratio_columns" >"$out/ratios.csv"
	echo "$network,$p,$ours,$rates$best_mode,$to_eager,$to_best" >>"$out/ratios.csv"
	judge goal MISS "$to_eager" '>=' 1.3 "A3 $network in $p: ${to_eager:-unknown} times eager PyTorch (goal: 1.3)"
	judge goal MISS "$to_best" '>=' 1.05 \
		"A4 $network in $p: ${to_best:-unknown} times PyTorch's best of $measured ways, $best_mode (goal: 1.05)"
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b + 0 > 0) printf "%.3f", a / b }'; }

part_peers() {
	local network
	torch_found || { tell skip "$python has no PyTorch"; return; }
	peers_prepared
	for network in "${networks[@]}"; do compare_network "$network" "$precision" "$modes"; done
}
