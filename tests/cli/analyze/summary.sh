flopclock analyze lenet5 alexnet vgg11 vgg16 googlenet resnet18 resnet34 densenet121 densenet161 --phase forward
