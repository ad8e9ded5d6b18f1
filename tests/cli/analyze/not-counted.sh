flopclock analyze lenet5 --rule thop --phase forward
