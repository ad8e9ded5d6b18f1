# Ctrl-C and SIGTERM in the middle of a run: the exit code says so, nothing is left, and it does not take long.
. "$FC_ROOT/tests/cli/trace/data.bash"
for signal in INT TERM; do
	# A shell without a terminal lets its background jobs ignore Ctrl-C.
	env --default-signal=INT flopclock trace lenet5 --backend null --probe none --data data --batch 2 --epochs 1000000 2>/dev/null &
	for i in $(seq 200); do ls -A runs 2>/dev/null | grep -q '^\.lenet5.*\.partial$' && break; sleep 0.02; done
	ls -A runs | sed 's/[0-9]\{8\}T[0-9]*Z/TIME/'
	kill -$signal $!
	for i in $(seq 100); do kill -0 $! 2>/dev/null || break; sleep 0.02; done
	[ "$i" = 100 ] && { echo "still running after 2 s"; kill -9 $!; }
	wait $!
	echo "exit $?"
	ls -A runs
done
