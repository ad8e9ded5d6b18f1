# Passes over the data set: what is left out and filled up; too few images; of forward alone.
flopclock analyze lenet5 --batch 64 --images 1000 --validate-images 130 | sed -n '/^an epoch/,/^epoch/p'
flopclock analyze lenet5 --batch 64 --images 63 | grep epoch
flopclock analyze lenet5 --batch 64 --phase forward --validate-images 64 | grep epoch
flopclock analyze lenet5 --batch 64 --phase forward --pass train --images 128 | grep epoch
# 10^15 images: sums beyond 2^64 are refused, below they are exact.
cp "$FC_ROOT/models/lenet5.net" .
flopclock analyze ./lenet5.net --images 1000000000000000 --format json; echo "exit $?"
flopclock analyze lenet5 --images 1000000000000 --phase backward-weights --format json | grep -A6 '"training": {'
