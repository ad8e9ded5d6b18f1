# Families by their numbers, and one sentence about each setting that there is not, or that makes no network.
set_all() {
	local model=$1 setting words=()
	shift
	for setting; do words+=(--set "$setting"); done
	flopclock analyze "$model" "${words[@]}" 2>&1 | sed -n 's|/[^ ]*/models/|models/|; /^flopclock/p; /: input /p; /^validation forward/p'
}
set_all resnet50 width=128
set_all resnet50 groups=32 width=4
set_all resnet18 depths=3,4,6,3 bottleneck=true
set_all densenet121 growth=48 stem=96 'depths=6 12 36 24'
set_all vgg16 norm=true width=32
set_all mobilenet_v2 width=0.75
set_all mobilenet_v3_small width=0.5
set_all efficientnet_b0 width=1.1 depth=1.2
set_all shufflenet_v2_x1_0 'widths=48 96 192'
set_all vit_b_16 layers=2 heads=4
for setting in widht=128 width=0 width=-3 width=0.5 width=abc width= width =3 'width=64 64' 'depths=3 4 6' 'depths=3 4 6 0' depths=99999999999999999999 \
	'depths=100000 4 6 3' groups=0 width=1e30 width=1000000000 bottleneck=2; do
	set_all resnet50 "$setting"
done
set_all resnet50 width=1 width=2
set_all densenet121 growth=0
set_all densenet121 'depths=6 12 24 16 8 8 8 8'
set_all mobilenet_v2 width=-1
set_all mobilenet_v3_large large=2
set_all efficientnet_b0 size=0
set_all efficientnet_b0 dropout=1.5
set_all efficientnet_b0 epsilon=0
set_all vit_b_16 heads=7
set_all vit_b_16 patch=0
set_all shufflenet_v2_x1_0 'widths=117 232 464'
set_all squeezenet1_0 kernel=500
set_all alexnet width=3
