flopclock analyze lenet5 --rule tophat
