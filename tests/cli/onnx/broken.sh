. "$FC_ROOT/tests/cli/onnx/write.bash"
onnx net.onnx "$network"
head -c 300 net.onnx >cut.onnx
: >empty.onnx
echo 'network net' >text.onnx
mkdir folder.onnx
for file in cut empty text folder missing; do flopclock analyze $file.onnx; done
true
