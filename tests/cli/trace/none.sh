# Without a probe only whole iterations are timed; what was not measured is missing, not zero.
. "$FC_ROOT/tests/cli/trace/data.bash"
flopclock trace lenet5 --backend null --probe none --data data --batch 5 --epochs 2 --warmup 9 >/dev/null || exit
cd runs/* || exit
grep -A3 'forward,validate' layers.csv | head -3
cat kernels.csv
cut -d, -f1-5,7-9 steps.csv
grep -c null run.json
