# The published table: 1.42, 30.94, 3.02, 3.64 and 15.70 GFLOPs.
flopclock analyze alexnet vgg16 googlenet resnet18 densenet161 --rule thop --phase forward
