flopclock analyze lenet5 --per-layer --batch 32 --phase forward
