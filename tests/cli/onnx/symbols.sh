. "$FC_ROOT/tests/cli/onnx/write.bash"
onnx net.onnx "$network"
flopclock analyze net.onnx
flopclock analyze net.onnx --input 1x32x32
flopclock analyze net.onnx --input 3x32x32 --set depth=3
flopclock analyze net.onnx --input 3x32x32 --classes 7
