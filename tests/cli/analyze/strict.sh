flopclock analyze lenet5 --rule thop --strict
