# The whole chain with nothing computed and invented times: every byte of a run folder follows from the costs.
. "$FC_ROOT/tests/cli/trace/data.bash"
export SOURCE_DATE_EPOCH=1700000000
flopclock trace lenet5 --backend null --probe fake --data data --batch 2 --epochs 2 --steps 3 --validate-steps 2 --warmup 1 --timeline || exit
cd runs/* || exit
ls -A
for f in costs layers kernels steps epochs; do echo "--- $f.csv"; cat $f.csv; done
echo '--- run.json'
sed -e '/"host": {/,/}/d' -e '/"path": /d' -e '/"version": /d' -e '/"peak_bytes": /d' run.json
echo '--- timeline.json'
head -60 timeline.json
grep -c '"ph": "X"' timeline.json
