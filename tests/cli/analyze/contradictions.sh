# Options that cannot be together, each with a sentence and exit 2.
try() { echo "$*"; flopclock analyze "$@"; echo "exit $?"; }
try lenet5 --list --plan h100
try lenet5 --fit 1G --rule all
try lenet5 alexnet --diff --fit 1G
try lenet5 alexnet lenet5 --diff
try --diff
try lenet5 --rule thop --phase training
try lenet5 --rule all --phase update
try lenet5 --recompute -1
try lenet5 --phase backwards
# What a view would pass over.
for view in "--fit 16G" "--rule all" --list; do
	for option in "--rule thop" --in-bounds --per-layer "--phase update" "--device h100" "--peak 1 --bandwidth 1" "--recompute 1"; do
		flopclock analyze lenet5 $view $option >/dev/null && echo "lenet5 $view $option"
	done
done
flopclock analyze lenet5 --depth 1
flopclock analyze lenet5 --output ''; echo "exit $?"
