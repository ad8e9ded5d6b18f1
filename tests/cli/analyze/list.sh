# What is shipped, with parameters and costs; then one of them told otherwise.
flopclock analyze --list --format csv
flopclock analyze --list resnet18 googlenet
flopclock analyze --list mobilenet_v2 --set width=0.5 --format json
