flopclock analyze lenet5 --format json --phase forward
