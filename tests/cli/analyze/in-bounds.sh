# Without products with padding, in every phase; AlexNet: 599296768 of 655566528 in convolutions.
flopclock analyze alexnet --in-bounds | sed '/^an epoch/,$d'
flopclock analyze alexnet --rule in-bounds >a && flopclock analyze alexnet --in-bounds >b && cmp a b && echo same
flopclock analyze lenet5 --in-bounds --phase backward-weights --per-layer
flopclock analyze lenet5 --in-bounds --rule thop; echo "exit $?"
flopclock analyze lenet5 --in-bounds --rule all; echo "exit $?"
