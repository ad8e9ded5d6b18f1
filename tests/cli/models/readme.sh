# The examples of models/README.md do what they say: whole networks as they stand, pieces where they belong.
example() { awk -v block="$1" '/^```/ {n++; next} n == 2 * block - 1' "$FC_ROOT/models/README.md"; }
sides='input 3x32x32
classes 10'
head="network x
$sides"
layers() { flopclock analyze "$@" --per-layer --phase forward --format csv | cut -d, -f14-16,18; }
headline() { flopclock analyze "$@" | sed -n 3p; }

example 1 >tiny.net
flopclock analyze ./tiny.net --per-layer --phase forward

mkdir family
{ example 2; echo "$sides"; echo 'for n in depths { repeat n { relu } }; if bottleneck { sigmoid }; dense classes; output'; } >family/resnet.net
layers family/resnet18.net | wc -l
layers family/resnet50.net | tail -2

cp "$FC_ROOT/models/resnet.net" .
example 3 >resnet_narrow.net
headline ./resnet_narrow.net
headline resnet50 --set width=32

{ echo "$head"; example 4; echo 'dense classes; output'; } >joined.net
layers ./joined.net
{ echo "$head"; example 5; echo 'dense classes; output'; } >blocks.net
layers ./blocks.net
{ echo "$head"; echo 'block b(width, stride) { bn2: conv width 1 stride=stride'; example 6; echo '}; b 8 2; b 8 1; dense classes; output'; } >residual.net
layers ./residual.net
{ echo "$head"; echo 'block dense_layer { concat in; conv 4 1 }; block b(depth) {'; example 7; echo '}; b 3; dense classes; output'; } >dense.net
layers ./dense.net
example 8 | grep -vxF -f "$FC_ROOT/models/googlenet.net"
example 9 >parts.net
flopclock analyze ./parts.net --per-layer --phase forward
