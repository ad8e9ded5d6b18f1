flopclock analyze lenet5 --per-layer --format tex --phase forward
