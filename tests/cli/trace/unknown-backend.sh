# Says which there are and why others are not.
flopclock trace lenet5 --backend abacus
