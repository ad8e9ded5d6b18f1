# shellcheck shell=bash
# Parts environment and proof of tests/gpu/check.

save() { # NAME COMMAND...: what a command prints, as a log; nothing where there is no such command
	local name=$1
	shift
	command -v "$1" >/dev/null && limited 20 "$@" >"$out/logs/$name.txt" 2>&1
}

part_environment() {
	save version "$flopclock" version
	save nvidia-smi nvidia-smi
	save nvidia-smi-q nvidia-smi -q
	save compute-processes nvidia-smi --query-compute-apps=pid,name,used_memory --format=csv
	save lscpu lscpu
	save memory free -b
	save system uname -a
	save driver-parameters cat /proc/driver/nvidia/params
	save loader-cache ldconfig -p
	save python "$python" -c 'import importlib.metadata as m
for d in sorted({(d.metadata["Name"], d.version) for d in m.distributions()}): print(*d)'
	env | grep -E '^(CUDA|NVIDIA|CUDNN|CUBLAS|TORCH|LD_LIBRARY|PATH|FLOPCLOCK)' | sort >"$out/logs/variables.txt"
	tell told "$(sed -n 's/^  cuda .*our own: //p' "$out/logs/version.txt" | head -1)"
	[ ! -s "$out/logs/nvidia-smi-q.txt" ] || tell told "$(sed -n 's/^ *Product Name *: //p; s/^Driver Version *: /driver /p' \
		"$out/logs/nvidia-smi-q.txt" | sort -u | paste -sd' ')"
	tell told "$(nproc) cores, $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), $(ldd --version 2>/dev/null | head -1)"
	torch_found || tell told "python3 has no PyTorch: no peer"
}

# A unit test program; FILTER limits it to tests of that pattern. Its comments that begin with "# " are its findings.
unit_test() { # NUMBER LIMIT PROGRAM [FILTER]
	local number=$1 name=$3${4:+-${4%_\*}} log rc
	shift
	log=$out/logs/$name.txt
	if [ ! -x "$unit/$2" ]; then
		tell skip "$number $2 was not built"
		return
	fi
	(cd "$scratch" && CMOCKA_MESSAGE_OUTPUT=TAP limited "$1" "${via[@]}" "$unit/$2" ${3:+"$3"}) >"$log" 2>&1
	rc=$?
	if grep -q '^not ok .*# SKIP' "$log"; then
		tell skip "$number $name: $(sed -n 's/^# skipped: //p; s/^# //p' "$log" | head -1 | cut -c1-200)"
	elif [ $rc = 0 ] && grep -q '^ok ' "$log"; then
		tell ok "$number $name: $(grep -c '^ok ' "$log") tests"
	else
		tell FAIL "$number $name: $(why $rc "$log")"
		grep -E '^not ok|WRONG|off by|refused|OTHER' "$log" | head -20 | sed 's/^/     /' >>"$out/summary.txt"
	fi
}

# The same network, seed and order on both devices: the losses of all steps.
curve_of() { # SIDE DEVICE
	local log=$out/logs/curve-$1.txt rc
	limited 60 "$flopclock" trace lenet5 --device "$2" --steps "$curve" --validate-steps 10 --batch 64 --lr 0.5 --momentum 0.5 \
		--precision fp32 --overhead-steps 0 -o "$scratch/curve-of-$1" >"$log" 2>&1
	rc=$?
	[ $rc = 0 ] || { tell FAIL "H4 curves: $1: $(why $rc "$log")"; return 1; }
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } { print $c["step"] "," $c["pass"] "," $c["loss"] }' \
		"$scratch/curve-of-$1"/*/steps.csv >"$scratch/curve-$1"
}

curves() {
	local count worst
	curve_of cpu cpu && curve_of gpu "$device" || return
	echo 'step,pass,loss_cpu,loss_gpu' >"$out/curves.csv"
	paste -d, "$scratch/curve-cpu" "$scratch/curve-gpu" |
		awk -F, '$1 == $4 { print $1 "," $2 "," $3 "," $6 }' >>"$out/curves.csv"
	read -r count worst < <(awk -F, 'NR > 1 { d = $3 - $4; d = d < 0 ? -d : d; if (d > worst) worst = d; n++ }
		END { print n + 0, worst + 0 }' "$out/curves.csv")
	judge ok FAIL "$count" '==' $((curve + 10)) "H4 curves: $count steps on both devices"
	judge ok FAIL "$worst" '<=' 1e-4 "H4 curves: LeNet-5 in fp32, losses on CPU and GPU differ by $worst at most (1e-4 allowed)"
}

# All at once: nothing here is timed. PyTorch's compiler goes on behind it; peers.sh waits for it.
part_proof() {
	local -a jobs=()
	local OMP_NUM_THREADS=4 OMP_WAIT_POLICY=passive
	export OMP_NUM_THREADS OMP_WAIT_POLICY
	peers_prepare
	for precision_ in fp32 tf32 bf16; do
		unit_test H1 150 module_leaf "${precision_}_*" & jobs+=($!)
	done
	for which in gradients_in_fp32 gradients_in_tf32 gradients_in_bf16; do
		unit_test H2 150 module_network "$which" & jobs+=($!)
	done
	unit_test H3 150 module_network deterministic_runs_have_the_same_bits & jobs+=($!)
	unit_test H5 60 cuda_cupti_device & jobs+=($!)
	curves & jobs+=($!)
	wait "${jobs[@]}"
	grep -h '^# ' "$out"/logs/module_*.txt 2>/dev/null | cut -c3- >"$out/differences.txt"
}
