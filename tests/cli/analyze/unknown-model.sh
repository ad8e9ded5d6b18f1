flopclock analyze resnet81
