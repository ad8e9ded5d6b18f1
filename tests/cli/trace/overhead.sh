# What measuring costs: the program runs itself without the probe, on the same first steps, and leaves nothing behind.
. "$FC_ROOT/tests/cli/trace/data.bash"
mkdir tmp
export TMPDIR=$PWD/tmp
flopclock trace lenet5 --backend reference --data data --batch 2 --epochs 2 --warmup 1 --overhead-steps 4 >/dev/null 2>errors || exit
sed -n 's/costs -*[0-9.]* % of the time: [0-9.]* images.s, [0-9.]* without/costs N % of the time: N images\/s, N without/p' errors
ls runs | wc -l
# The share by which the traced steps took longer than the others.
awk -F'[:,]' '/"overhead":/ {o = $2} /untraced_images/ {u = $2} /"traced_images/ {t = $2} END {d = o - (u / t - 1); print (u > 0 && d < 1e-9 && d > -1e-9)}' runs/*/run.json
echo 'more than an epoch has: all but the warm-up'
flopclock trace lenet5 --backend reference --data data --batch 2 --overhead-steps 1000 -o more 2>&1 >/dev/null | sed -n 's/.*in the same/in the same/p'
echo 'where it cannot be found out, the run goes on'
TMPDIR=$PWD/nowhere flopclock trace lenet5 --backend null --probe fake --data data --batch 2 --overhead-steps 1 -o other 2>&1 >/dev/null | sed -n 's|/.*/nowhere/flopclock-......|NOWHERE|p'
sed -n '/"overhead":/,/}/p' other/*/run.json
ls -A tmp

# Ctrl-C while the other run is going on: both end, nothing is left.
printf 'network slow\ninput 3x64x64\nclasses 10\nconv 64 3\nrelu\nconv 256 5\nrelu\ndense classes\noutput\n' >slow.net
env --default-signal=INT flopclock trace ./slow.net --backend reference --data data --batch 4 --overhead-steps 9 -o never 2>/dev/null &
parent=$!
for i in $(seq 300); do ls -A tmp/*/runs 2>/dev/null | grep -q '^\.slow.*\.partial$' && break; sleep 0.02; done
child=$(cat /proc/$parent/task/$parent/children)
tr '\0' '\n' </proc/${child% }/cmdline | grep -x -A1 -e --probe -e --overhead-steps -e --steps
kill -INT $parent
wait $parent
echo "exit $?"
for i in $(seq 100); do kill -0 ${child% } 2>/dev/null || break; sleep 0.02; done
[ "$i" = 100 ] && echo 'the other run goes on'
ls -A tmp
ls -d never 2>/dev/null
exit 0
