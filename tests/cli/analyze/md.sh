flopclock analyze lenet5 --per-layer --format md --phase forward
