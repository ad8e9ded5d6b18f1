# What is given on the command line wins over the preset; --steps alone means one epoch of so many.
. "$FC_ROOT/tests/cli/trace/data.bash"
flopclock trace lenet5 --backend null --probe fake --data data --preset paper --batch 3 --steps 2 --lr 0.5 >/dev/null || exit
sed -n '/"configuration"/,/}/p' runs/*/run.json
