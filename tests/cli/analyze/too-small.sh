cp "$FC_ROOT"/models/alexnet.net .
flopclock analyze ./alexnet.net --input 3x62x62
