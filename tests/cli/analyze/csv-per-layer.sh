flopclock analyze lenet5 --per-layer --format csv
