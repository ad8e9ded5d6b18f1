flopclock analyze lenet5 resnet18 --format csv --phase forward
